"""Tables of other shapes become one row a session: wide, long, baseline rows among sessions."""
