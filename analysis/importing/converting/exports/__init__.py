"""Tables as other systems write them: web pages, Excel's XML of 2003, records in JSON."""
