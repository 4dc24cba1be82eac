package otherserver

import (
	"strings"
	"unicode/utf8"
)

// quota is how many notebooks a project may have.
const quota = 10

// wish is a create request: what a notebook should be.
type wish struct {
	name, profile, description, flavor string
	workspace, aiProject               string
	storage                            storage
	extra                              []storage
	autoStop                           autoStop
	annotations                        map[string]string
	pool                               map[string]any
}

func (s *server) create(c *call) (any, *refusal) {
	w, no := s.readWish(c)
	if no == nil {
		no = s.grant(c, &w)
	}
	if no != nil {
		if s.broken("create-leaves-on-refusal") && w.name != "" {
			w.workspace, w.autoStop = "0", autoStop{}
			s.add(c, w, &profiles[0], &flavors[0])
		}
		return nil, no
	}
	p, f := profileNamed(w.profile), flavorNamed(w.flavor)
	if f == nil { // a fault's doing
		f = &flavor{name: w.flavor, hardware: p.hardware}
	}
	return s.view(s.add(c, w, p, f), c.now), nil
}

func (s *server) add(c *call, w wish, p *profile, f *flavor) *instance {
	i := &instance{
		id: randomUUID(), name: w.name, description: w.description, owner: c.user, profile: p, flavor: f,
		storage: w.storage, extra: w.extra, autoStop: w.autoStop, annotations: w.annotations,
		workspace: w.workspace, aiProject: w.aiProject, pool: w.pool, created: c.now, updated: c.now,
	}
	if s.broken("description-lost") {
		i.description = ""
	}
	s.enter(i, starting, c.now)
	i.until = c.now.Add(s.takes.Creating)
	c.project.instances = append(c.project.instances, i)
	return i
}

// grant checks a wish against what there is: the notebooks first, then what they could be made of.
func (s *server) grant(c *call, w *wish) *refusal {
	if len(c.project.instances) >= quota && !s.broken("quota-ignored") {
		return refuse("ModelArts.6302")
	}
	for _, i := range c.project.instances {
		if i.name == w.name && !s.broken("two-names-accepted") {
			return refuse("ModelArts.6301")
		}
	}
	if w.workspace != "0" {
		return refuse("ModelArts.0102")
	}
	p, f := profileNamed(w.profile), flavorNamed(w.flavor)
	switch {
	case p == nil:
		return refuse("ModelArts.6336", "profile_id")
	case f == nil && (s.broken("flavor-unknown-accepted") || s.broken("flavor-optional") && w.flavor == ""):
		return nil
	case f == nil:
		return refuse("ModelArts.6323")
	case !p.runsOn(f) && !s.broken("flavor-mismatch-accepted"):
		return refuse("ModelArts.6330")
	case f.barred:
		return refuse("ModelArts.6328")
	}
	return nil
}

// readWish goes through the members of a create in the order of the documentation.
func (s *server) readWish(c *call) (wish, *refusal) {
	var w wish
	f := &form{broken: s.broken}
	body, no := f.members(c)
	if no != nil {
		return w, no
	}
	f.need(body, "name")
	w.name = s.readName(f, body)
	f.need(body, "profile_id")
	w.profile = filled(f, body, "profile_id")
	w.description = readDescription(f, body, s.broken("description-charset-ignored"))
	if !s.broken("flavor-optional") {
		f.need(body, "flavor")
	}
	w.flavor = filled(f, body, "flavor")
	f.need(body, "spec")
	if spec := f.object(body, "spec"); spec != nil {
		s.readSpec(f, spec, &w)
	}
	w.workspace = "0"
	if id, _ := f.text(f.object(body, "workspace"), "id"); id != "" {
		w.workspace = id
	}
	if w.pool = readPool(f, body); w.pool == nil && w.storage.kind == "obsfs" {
		f.note("ModelArts.6324")
	}
	w.aiProject = "default-ai-project"
	if id, _ := f.text(f.object(body, "ai_project"), "id"); id != "" {
		w.aiProject = id
	}
	return w, f.verdict()
}

func (s *server) readName(f *form, body map[string]any) string {
	name, ok := f.text(body, "name")
	if !ok {
		return ""
	}
	if name == "" || utf8.RuneCountInString(name) > 64 && !s.broken("name-length-ignored") {
		f.note("ModelArts.6336", "name")
	}
	for _, r := range name {
		letter := 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
		if !letter && (r < '0' || r > '9') && r != '-' && r != '_' && !s.broken("name-charset-ignored") {
			f.note("ModelArts.6334", string(r))
			break
		}
	}
	return name
}

func readDescription(f *form, body map[string]any, anyCharacter bool) string {
	text, _ := f.text(body, "description")
	if utf8.RuneCountInString(text) > 512 {
		f.note("ModelArts.6336", "description")
	}
	if i := strings.IndexAny(text, `&<>"'/`); i >= 0 && !anyCharacter {
		f.note("ModelArts.6334", text[i:i+1])
	}
	return text
}

// filled reads a string that may not be empty.
func filled(f *form, in map[string]any, name string) string {
	text, ok := f.text(in, name)
	if ok && text == "" {
		f.note("ModelArts.6336", name)
	}
	return text
}

func (s *server) readSpec(f *form, spec map[string]any, w *wish) {
	switch _, there := spec["storage"]; {
	case there:
		if st := f.object(spec, "storage"); st != nil {
			w.storage = s.readStorage(f, st)
		}
	case s.broken("storage-optional"):
		w.storage = storage{kind: "evs", path: "/home/ma-user/work"}
	default:
		f.note("ModelArts.6316")
	}
	for _, item := range f.list(spec, "extend_storage") {
		e := s.readStorage(f, item)
		if e.kind == "obs" || e.kind == "evs" {
			f.note("ModelArts.6324")
		}
		w.extra = append(w.extra, e)
	}
	w.autoStop = s.readAutoStop(f, spec, false)
	w.annotations = f.strings(spec, "annotations")
}

func (s *server) readStorage(f *form, in map[string]any) storage {
	var st storage
	f.need(in, "type")
	if kind, ok := f.text(in, "type"); ok {
		st.kind = kind
		if kind != "obs" && kind != "obsfs" && kind != "evs" && !s.broken("storage-type-ignored") {
			f.note("ModelArts.6324")
			st.kind = ""
		}
	}
	before := len(f.wrong)
	location := f.object(in, "location")
	st.path, _ = f.text(location, "path")
	if st.kind == "obs" && len(f.wrong) == before {
		s.checkPath(f, st.path)
	}
	st.size = f.integer(location, "volume_size")
	if n := st.size; n != nil && st.kind != "obs" {
		low := *n < 5 && !(s.broken("evs-4-accepted") && *n == 4)
		high := *n > 4096 && !(s.broken("evs-4097-accepted") && *n == 4097)
		if low || high {
			f.note("ModelArts.6331", 5, 4096)
		}
	}
	st.mount, _ = f.text(location, "mount_path")
	if access, ok := f.text(location, "access_modes"); ok {
		if access != "ReadOnlyMany" && access != "ReadWriteMany" {
			f.note("ModelArts.6336", "access_modes")
		}
		st.access = access
	}
	switch st.kind {
	case "evs":
		st.path = "/home/ma-user/work"
		if st.size == nil {
			five := int64(5)
			st.size = &five
		}
	case "obs":
		st.size = nil
	}
	return st
}

// checkPath checks a path of an object store: a bucket, a directory in it, a slash.
func (s *server) checkPath(f *form, path string) {
	switch {
	case path == "":
		if !s.broken("path-optional") {
			f.note("ModelArts.6317")
		}
	case !strings.HasSuffix(path, "/"):
		if !s.broken("path-slash-ignored") {
			f.note("ModelArts.6318")
		}
	case !strings.Contains(strings.Trim(path, "/"), "/"):
		if !s.broken("path-root-accepted") {
			f.note("ModelArts.6358")
		}
	}
}

// readAutoStop reads spec.auto_stop with its defaults filled in.
func (s *server) readAutoStop(f *form, spec map[string]any, update bool) autoStop {
	in := f.object(spec, "auto_stop")
	var a autoStop
	a.enable = f.flag(in, "enable", false)
	if a.duration = f.integer(in, "duration"); a.enable {
		_, there := in["duration"]
		switch d := a.duration; {
		case !there && s.broken("duration-optional"):
			day := int64(86400)
			a.duration = &day
		case !there:
			f.note("ModelArts.6348")
		case d == nil: // noted already
		case *d == 3599 && s.broken("duration-3599-accepted") || *d == 86401 && s.broken("duration-86401-accepted"):
		case update && s.broken("update-range-ignored"):
		case *d < 3600 || *d > 86400:
			f.note("ModelArts.6349", 3600, 86400)
		}
	}
	a.prompt = f.flag(in, "prompt", !s.broken("prompt-default-lost"))
	return a
}

// readPool reads the dedicated pool. Without an id there is none.
func readPool(f *form, body map[string]any) map[string]any {
	in := f.object(body, "pool")
	pool := map[string]any{}
	for _, name := range []string{"id", "type", "name"} {
		if text, ok := f.text(in, name); ok {
			pool[name] = text
		}
	}
	if owner := f.object(in, "owner"); owner != nil {
		id, _ := f.text(owner, "project_id")
		pool["owner"] = map[string]any{"project_id": id}
	}
	if id := pool["id"]; id == nil || id == "" {
		return nil
	}
	return pool
}
