"""What an import found: refused rows with their reasons, warnings, and the report."""
