"""What headings and elements say in words: notions of several languages, and the members they may mean."""
