"""What stands between the browser and the pages."""
