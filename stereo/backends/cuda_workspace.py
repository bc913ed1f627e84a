"""What a call of the CUDA backend runs on, and what it keeps for the next one."""

from __future__ import annotations

from types import ModuleType

from ..devices import DeviceView
from ..types import StereoTypeError

__all__ = ["CudaWorkspace"]


class CudaWorkspace:
    """The compiled module's workspace, and the arrays of the call that it serves.

    Attributes
    ----------
    native : object
        `Workspace` of the module.
    views : list of DeviceView
        The caller's arrays on the device; empty for arrays of the host.
    """

    def __init__(self, module: ModuleType) -> None:
        self.native = module.Workspace()
        self._device_of = module.device_of
        self.views: list[DeviceView] = []

    @property
    def nbytes(self) -> int:
        """Device memory and pinned memory that are kept."""
        held: int = self.native.nbytes
        return held

    @property
    def allocations(self) -> int:
        """How often memory was allocated."""
        count: int = self.native.allocations
        return count

    def begin(self, views: list[DeviceView]) -> None:
        """Go to the device and the stream of the arrays, or to a stream of its own."""
        self.views = views
        if not views:
            self.native.begin()
            return
        device = self._device_of(views[0].pointer)
        self.native.begin_on(device, views[0].stream)
        for view in views[1:]:
            if self._device_of(view.pointer) != device:
                raise StereoTypeError(
                    f"{view.what} is on another CUDA device than {views[0].what}: copy it there"
                )
            self.native.wait_for(view.stream)

    def end(self) -> None:
        """Let the streams of the arrays go on when they have been read."""
        self.native.end([view.stream for view in self.views[1:]])
        self.views = []
