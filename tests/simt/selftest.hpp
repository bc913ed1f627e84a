// What the self-test consists of besides the planted bugs.
#pragma once

// Prints what is not as it should be.
bool host_is_right();
