// Nothing but the whole: this target depends on every package and tool, so that one build makes them all.
