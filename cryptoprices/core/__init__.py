"""What the program knows: values, judgement, figures. No Qt, no I/O; the time is an argument."""
