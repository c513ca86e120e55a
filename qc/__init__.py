"""Quality control: rules that look at what was written, and the report of what they found."""
