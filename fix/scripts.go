package fix

// Scripts is what the scripts and CI files of a repository say that bears on a document. The zero value says nothing. All answers are
// places such as "Makefile:3", "" for none.
type Scripts struct {
	// Builds is where an image of that reference may be built, tagged or pushed.
	Builds func(ref string) string
	// Targets is where a stage is named, in this spelling, as the one to be built.
	Targets func(stage string) string
	// Exact is where a builder is run that compares the names of stages as they are written.
	Exact func() string
	// Argument is where the default of an ARG of the document is read.
	Argument func(name string) string
}

// BuiltAt is where an image of that reference may be built, tagged or pushed.
func (s Scripts) BuiltAt(ref string) string {
	if s.Builds == nil {
		return ""
	}
	return s.Builds(ref)
}

// TargetedAt is where a stage is named in this spelling, or a builder is run that compares names as they are written.
func (s Scripts) TargetedAt(stage string) (named, exact string) {
	if s.Targets == nil || s.Exact == nil {
		return "", ""
	}
	return s.Targets(stage), s.Exact()
}

// ArgumentAt is where the default of an ARG of the document is read.
func (s Scripts) ArgumentAt(name string) string {
	if s.Argument == nil {
		return ""
	}
	return s.Argument(name)
}
