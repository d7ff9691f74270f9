"""The way from runs to words: what was found, who leads, how sure, what to find
out first; on plain data.

`evidence` holds the figures, `logic` draws the conclusions, `words` says them, `inquire` asks what
is worth finding out, `brief` puts all on one page. None of them knows the model.
"""
