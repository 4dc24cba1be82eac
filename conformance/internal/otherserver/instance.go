package otherserver

import (
	"maps"
	"strconv"
	"time"
)

// project holds the notebooks of one project in the order of their creation.
type project struct{ instances []*instance }

type instance struct {
	id, name, description string
	owner                 user
	profile               *profile
	flavor                *flavor
	storage               storage
	extra                 []storage
	autoStop              autoStop
	annotations           map[string]string
	workspace, aiProject  string
	pool                  map[string]any
	created, updated      time.Time

	state    string
	until    time.Time // when a transient state ends
	deadline time.Time // when a running notebook stops by itself; zero for never
}

// autoStop is a notebook's automatic stop as it was asked for.
type autoStop struct {
	enable, prompt bool
	duration       *int64 // seconds
}

type storage struct {
	kind, path, mount, access string
	size                      *int64 // GB
}

// find looks a notebook up and brings it up to date. A notebook that is gone never existed.
func (s *server) find(c *call) (*instance, *refusal) {
	for _, i := range s.visible(c.project) {
		if i.id == c.id {
			s.settle(i, c.now)
			return i, nil
		}
	}
	return nil, refuse("ModelArts.6309")
}

// visible are the notebooks that a project sees, in the order of their creation.
func (s *server) visible(p *project) []*instance {
	if !s.broken("instances-shared") {
		return p.instances
	}
	var all []*instance
	for _, other := range s.projects {
		all = append(all, other.instances...)
	}
	return all
}

func (s *server) get(c *call) (any, *refusal) {
	i, no := s.find(c)
	if no != nil {
		return nil, no
	}
	return s.view(i, c.now), nil
}

// view is a notebook as answers show it.
func (s *server) view(i *instance, now time.Time) map[string]any {
	v := map[string]any{
		"id": i.id, "name": i.name, "description": i.description, "status": i.state,
		"creation_timestamp": milliseconds(i.created), "latest_update_timestamp": milliseconds(i.updated),
		"profile": i.profile.view(), "flavor": i.flavor.name, "flavor_details": i.flavor.view(),
		"spec":      map[string]any{"storage": s.viewStorage(i.storage), "auto_stop": s.viewAutoStop(i, now), "annotations": s.viewAnnotations(i)},
		"workspace": map[string]any{"id": i.workspace}, "ai_project": map[string]any{"id": i.aiProject},
		"user": map[string]any{"id": i.owner.id, "name": i.owner.name},
	}
	if i.pool != nil {
		v["pool"] = i.pool
	}
	if i.extra != nil {
		extra := []any{}
		for _, e := range i.extra {
			extra = append(extra, s.viewStorage(e))
		}
		v["spec"].(map[string]any)["extend_storage"] = extra
	}
	if s.broken("timestamps-as-numbers") {
		v["creation_timestamp"], v["latest_update_timestamp"] = i.created.UnixMilli(), i.updated.UnixMilli()
	}
	if s.broken("error-code-on-success") {
		v["error_code"] = "ModelArts.6361"
	}
	if s.broken("workspace-lost") {
		delete(v, "workspace")
	}
	return v
}

func milliseconds(t time.Time) string { return strconv.FormatInt(t.UnixMilli(), 10) }

func (s *server) viewStorage(st storage) map[string]any {
	location := map[string]any{}
	put := func(name, text string) {
		if text != "" {
			location[name] = text
		}
	}
	put("path", st.path)
	put("mount_path", st.mount)
	put("access_modes", st.access)
	if st.size != nil {
		location["volume_size"] = *st.size
		if s.broken("volume-size-lost") {
			location["volume_size"] = 5
		}
	}
	return map[string]any{"type": st.kind, "location": location}
}

func (s *server) viewAutoStop(i *instance, now time.Time) map[string]any {
	v := map[string]any{"enable": i.autoStop.enable, "prompt": i.autoStop.prompt}
	if i.autoStop.duration != nil {
		v["duration"] = *i.autoStop.duration
	}
	if i.deadline.IsZero() || s.broken("remain-time-missing") {
		return v
	}
	left := i.deadline.Sub(now)
	v["stop_timestamp"] = i.deadline.UnixMilli()
	v["remain_time"] = int64((left + time.Second - 1) / time.Second)
	if s.broken("remain-time-truncated") {
		v["remain_time"] = int64(left / time.Second)
	}
	return v
}

func (s *server) viewAnnotations(i *instance) map[string]string {
	v := map[string]string{}
	maps.Copy(v, i.annotations)
	v["target_domain"], v["url"] = "https://notebooks.example.com", ""
	if i.state == running && !s.broken("url-missing") {
		v["url"] = "https://notebooks.example.com:8443/notebook/user/" + i.id
	}
	return v
}
