"""Sends recorded programs to the built binary; compares what it understood with what they did."""
