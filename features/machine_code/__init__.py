"""Loops in machine code: the one wall behind which LLVM is spoken to."""
