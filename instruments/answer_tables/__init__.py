"""Answer tables in the formats of statistics programs: described, converted, reshaped; judges no answer."""
