"""What a patient's scores up to a landmark say of the course behind them."""
