"""What every room uses: validation, files, progress, numerals."""
