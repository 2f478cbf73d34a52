"""What a run showed, in the formats that other tools read: one module for each, drawn from the record of the run."""
