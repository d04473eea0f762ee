package source

import "slices"

// ServiceImages are the images that the services of a Compose file name, by service, with the defaults of their variables; as
// written where a variable has none. A service that several documents of the file define has that of the last.
//
// A file of the same project may build a service whose image stands here: an override file with a build section, or one that the
// service extends. The image is then none to pull.
func (d *Document) ServiceImages() map[string]string {
	images := map[string]string{}
	if d.Compose == nil {
		return images
	}
	for _, s := range d.Compose.Services {
		f, ok := s.Image()
		if !ok || f.Node.IsNull() || f.Node.Text() == "" {
			continue
		}
		images[s.Name] = f.Node.Text()
		if x := interpolate(d.tracedNode(f.Node), nil, 0); x.known {
			images[s.Name] = x.out.text
		}
	}
	return images
}

// Includes are the files that the include section names, as written.
func (c *Compose) Includes() []string { return slices.Concat(c.IncludeGroups()...) }

// IncludeGroups are the same by entry: the files of one entry are merged in their order.
func (c *Compose) IncludeGroups() [][]string {
	var list [][]string
	for _, root := range c.Documents {
		section, _ := root.Lookup("include")
		for _, item := range section.items() {
			if item.Node.IsMapping() {
				path, _ := item.Node.Lookup("path")
				list = append(list, path.texts())
			} else {
				list = append(list, []string{item.Node.Text()})
			}
		}
	}
	return list
}

// texts are the texts of a list, or the only one.
func (f Field) texts() []string {
	if !f.Node.IsSequence() {
		return []string{f.Node.Text()}
	}
	var list []string
	for _, item := range f.items() {
		list = append(list, item.Node.Text())
	}
	return list
}
