"""What the console's sections show: each module reads one section's figures and says them in words, with a link from each to
the rows behind it. Counting is the selectors' (`overview` of each app); nothing here writes."""
