"""`python -m stereo` is the command `stereo`."""

from __future__ import annotations

import sys

from stereo.cli import main

sys.exit(main())
