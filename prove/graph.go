package prove

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/pb"
	digest "github.com/opencontainers/go-digest"
)

// graph holds the steps of all stages by the digest of their operation. A digest covers everything below a step, so that
// equal digests mean equal steps, and a step that two stages share is here once.
type graph map[string]*step

// ref is one output of a step; the zero ref is the empty file system of "FROM scratch".
type ref struct {
	digest string
	output int64
}

// step is one operation: a source, a RUN, a COPY, ADD or WORKDIR.
type step struct {
	kind   string // "source", "exec", "file", "merge", "diff", "other"
	act    string // of a file step the first action: "copy", "mkdir" ...
	parent ref    // the step it stands on
	fields []field
	inputs []input // what else it takes files from
	sig    string  // kind and fields in one text: equal for steps that do the same
}

// field is one property of a step.
type field struct {
	key   string // by which it is compared: for a mount its target, so that a mount added before it does not matter
	name  string // by which it is reported
	value string
}

// input is a file system that a step takes files from.
type input struct {
	key string // of the field that it belongs to
	ref ref
}

// add takes in the operations of a marshalled state and gives its last step.
func (g graph) add(def *llb.Definition) (ref, error) {
	if len(def.Def) == 0 {
		return ref{}, nil
	}
	last := len(def.Def) - 1 // a marker that only names the result
	for _, b := range def.Def[:last] {
		id := digest.FromBytes(b).String()
		if g[id] != nil {
			continue
		}
		op := &pb.Op{}
		if err := op.UnmarshalVT(b); err != nil {
			return ref{}, fmt.Errorf("an operation of the build graph cannot be read: %v", err)
		}
		g[id] = newStep(op)
	}
	end := &pb.Op{}
	if err := end.UnmarshalVT(def.Def[last]); err != nil {
		return ref{}, fmt.Errorf("the end of the build graph cannot be read: %v", err)
	}
	return inputRef(end, 0), nil
}

// chain lists the steps from the first to head. It stops before the step that until refers to, and reports whether it
// found it.
func (g graph) chain(head, until ref) ([]*step, bool) {
	var steps []*step
	at := head
	for at != until {
		s := g[at.digest]
		if s == nil {
			break
		}
		steps = append(steps, s)
		at = s.parent
	}
	slices.Reverse(steps)
	return steps, at == until
}

// newStep describes an operation without what it stands on. It takes op apart: what has a name of its own is removed,
// and the rest becomes one field, so that nothing a later version adds goes unseen.
func newStep(op *pb.Op) *step {
	var s *step
	switch x := op.Op.(type) {
	case *pb.Op_Source:
		s = sourceStep(x.Source)
	case *pb.Op_Exec:
		s = execStep(op, x.Exec)
	case *pb.Op_File:
		s = fileStep(op, x.File)
	case *pb.Op_Merge:
		s = mergeStep(op, x.Merge)
	case *pb.Op_Diff:
		s = &step{kind: "diff"}
		s.take(op, "in0", x.Diff.GetLower().GetInput())
		s.take(op, "in1", x.Diff.GetUpper().GetInput())
	default:
		s = &step{kind: "other", parent: inputRef(op, 0)}
		s.set("other", jsonOf(op))
	}
	if op.Platform != nil {
		s.set("platform", platformText(op.Platform))
	}
	if len(op.Constraints.GetFilter()) > 0 {
		s.set("other", jsonOf(op.Constraints.Filter))
	}
	s.sign()
	return s
}

func sourceStep(x *pb.SourceOp) *step {
	s := &step{kind: "source"}
	s.set("ref", x.Identifier)
	for k, v := range x.Attrs {
		s.set("attr."+k, v)
	}
	return s
}

func execStep(op *pb.Op, x *pb.ExecOp) *step {
	s := &step{kind: "exec"}
	m := x.GetMeta()
	s.set("args", jsonOf(m.GetArgs()))
	s.set("env", jsonOf(m.GetEnv()))
	s.set("cwd", m.GetCwd())
	s.set("user", m.GetUser())
	if x.Network != pb.NetMode_UNSET {
		s.set("network", x.Network.String())
	}
	if x.Security != pb.SecurityMode_SANDBOX {
		s.set("security", x.Security.String())
	}
	if len(x.Secretenv) > 0 {
		s.set("secret-env", jsonOf(x.Secretenv))
	}
	for n, mount := range x.Mounts {
		s.mount(op, n, mount)
	}
	if m != nil {
		m.Args, m.Env, m.Cwd, m.User = nil, nil, "", ""
	}
	x.Network, x.Security, x.Secretenv, x.Mounts = 0, 0, nil, nil
	s.set("other", jsonOf(x))
	return s
}

// mount describes the nth mount of a RUN. The one on "/" is the step it stands on.
func (s *step) mount(op *pb.Op, n int, m *pb.Mount) {
	name, key := fmt.Sprintf("mount%d", n), "mount "+m.Dest
	if m.Dest == "/" {
		s.parent = inputRef(op, m.Input)
	} else if m.Input >= 0 {
		s.inputs = append(s.inputs, input{key, inputRef(op, m.Input)})
	}
	writes := ""
	if m.Output >= 0 {
		writes = " written"
	}
	m.Input, m.Output = 0, 0
	s.fields = append(s.fields, field{key: key, name: name, value: jsonOf(m) + writes})
}

// fileStep describes a COPY, ADD or WORKDIR. BuildKit makes one action for each source.
func fileStep(op *pb.Op, x *pb.FileOp) *step {
	s := &step{kind: "file"}
	for n, a := range x.Actions {
		name := fmt.Sprintf("a%d", n)
		value := ""
		// An action works on the result of the one before it, the first one on the step before.
		switch {
		case n == 0 && int(a.Input) < len(op.Inputs):
			s.parent = inputRef(op, a.Input)
		case n > 0 && int(a.Input) == len(op.Inputs)+n-1:
		default:
			value += fmt.Sprintf(" on %d", int(a.Input)-len(op.Inputs))
		}
		switch {
		case a.SecondaryInput >= 0 && int(a.SecondaryInput) < len(op.Inputs):
			s.inputs = append(s.inputs, input{name, inputRef(op, a.SecondaryInput)})
		case a.SecondaryInput >= 0:
			value += fmt.Sprintf(" from %d", int(a.SecondaryInput)-len(op.Inputs))
		}
		what, owner := actionText(a)
		if n == 0 {
			s.act, _, _ = strings.Cut(what, " ")
		}
		s.set(name, what+value)
		if owner != nil {
			s.set(name+".owner", userText(owner.User)+":"+userText(owner.Group))
		}
	}
	return s
}

// actionText describes one file action, its owner apart.
func actionText(a *pb.FileAction) (what string, owner *pb.ChownOpt) {
	switch y := a.Action.(type) {
	case *pb.FileAction_Copy:
		owner, y.Copy.Owner = y.Copy.Owner, nil
		return "copy " + jsonOf(y.Copy), owner
	case *pb.FileAction_Mkfile:
		owner, y.Mkfile.Owner = y.Mkfile.Owner, nil
		return "mkfile " + jsonOf(y.Mkfile), owner
	case *pb.FileAction_Mkdir:
		owner, y.Mkdir.Owner = y.Mkdir.Owner, nil
		return "mkdir " + jsonOf(y.Mkdir), owner
	case *pb.FileAction_Symlink:
		owner, y.Symlink.Owner = y.Symlink.Owner, nil
		return "symlink " + jsonOf(y.Symlink), owner
	case *pb.FileAction_Rm:
		return "rm " + jsonOf(y.Rm), nil
	}
	return fmt.Sprintf("%T %s", a.Action, jsonOf(a)), nil
}

func mergeStep(op *pb.Op, x *pb.MergeOp) *step {
	s := &step{kind: "merge"}
	for n, in := range x.Inputs {
		if n == 0 {
			s.parent = inputRef(op, in.Input)
			continue
		}
		s.take(op, fmt.Sprintf("in%d", n), in.Input)
	}
	return s
}

func (s *step) set(name, value string) {
	s.fields = append(s.fields, field{key: name, name: name, value: value})
}

// take adds an input that has no other property than what it is.
func (s *step) take(op *pb.Op, name string, index int64) {
	s.set(name, "taken")
	s.inputs = append(s.inputs, input{name, inputRef(op, index)})
}

// input is what the field with that key takes its files from, the zero ref for the empty file system.
func (s *step) input(key string) ref {
	for _, in := range s.inputs {
		if in.key == key {
			return in.ref
		}
	}
	return ref{}
}

func (s *step) has(key string) bool {
	return slices.ContainsFunc(s.fields, func(f field) bool { return f.key == key })
}

// sign sorts the fields and makes the text by which steps are compared.
func (s *step) sign() {
	slices.SortFunc(s.fields, func(a, b field) int { return strings.Compare(a.key, b.key) })
	var b strings.Builder
	b.WriteString(s.kind)
	for _, f := range s.fields {
		b.WriteByte(0)
		b.WriteString(f.key)
		b.WriteByte(0)
		b.WriteString(f.value)
	}
	s.sig = b.String()
}

// inputRef is the input of op with that index, the zero ref for the empty file system.
func inputRef(op *pb.Op, index int64) ref {
	if index < 0 || int(index) >= len(op.Inputs) {
		return ref{}
	}
	in := op.Inputs[index]
	return ref{in.Digest, in.Index}
}

func platformText(p *pb.Platform) string {
	s := p.OS + "/" + p.Architecture
	for _, more := range append([]string{p.Variant, p.OSVersion}, p.OSFeatures...) {
		if more != "" {
			s += "/" + more
		}
	}
	return s
}

func userText(u *pb.UserOpt) string {
	switch x := u.GetUser().(type) {
	case *pb.UserOpt_ByName:
		return x.ByName.GetName()
	case *pb.UserOpt_ByID:
		return fmt.Sprint(x.ByID)
	}
	return ""
}

// jsonOf is v as JSON. The values given here always have a JSON form.
func jsonOf(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprintf("%+v", v)
	}
	return string(b)
}
