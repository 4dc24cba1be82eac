package otherserver

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// symptom shows a fault: what is seen of a sound server and of the faulty one.
type symptom struct {
	see            func(*bench) string
	sound, instead string
}

// posting sends a create with a change.
func posting(patch string) func(*bench) string {
	return func(b *bench) string { return b.do("POST", "", with(evs, patch)).gist() }
}

// showing shows a member of a notebook in a state.
func showing(state, patch, member string) func(*bench) string {
	return func(b *bench) string {
		path := b.create(patch)
		if state == running {
			b.pass(1500 * time.Millisecond)
		}
		return b.do("GET", path, "").at(member)
	}
}

// acting does something to a notebook in a state, then something else.
func acting(state string, steps ...func(*bench, string) string) func(*bench) string {
	return func(b *bench) string {
		path := b.in(state)
		var seen []string
		for _, step := range steps {
			seen = append(seen, step(b, path))
		}
		return strings.Join(seen, ", ")
	}
}

func action(name string) func(*bench, string) string {
	return func(b *bench, path string) string { return b.act(path, name).gist() }
}

func later(b *bench, path string) string {
	b.pass(time.Minute)
	return b.do("GET", path, "").at("status")
}

func deleting(b *bench, path string) string { return b.do("DELETE", path, "").gist() }

func reading(b *bench, path string) string { return b.do("GET", path, "").gist() }

func putting(body, member string) func(*bench, string) string {
	return func(b *bench, path string) string {
		b.pass(10 * time.Second)
		if a := b.do("PUT", path, body); member == "" || a.status != 200 {
			return a.gist()
		}
		return b.do("GET", path, "").at(member)
	}
}

// listing lists the notebooks c, a and b, made in this order; a has stopped.
func listing(query string) func(*bench) string {
	return func(b *bench) string {
		for _, name := range []string{"c", "a", "b"} {
			path := b.create(`{"name":"` + name + `"}`)
			b.pass(time.Second)
			if name == "a" {
				b.act(path, "stop")
				b.pass(time.Second)
			}
		}
		a := b.do("GET", query, "")
		return a.gist() + " " + a.at("total_count") + " " + a.names()
	}
}

const (
	all     = "?de_type=Notebook"
	anHour  = `{"spec":{"auto_stop":{"enable":true,"duration":3600}}}`
	twice   = `{"spec":{"auto_stop":{"enable":true,"duration":7200}}}`
	listABC = "200 3 a b c"
)

var symptoms = map[string]symptom{
	"any-token-accepted": {func(b *bench) string {
		b.token = "garbage"
		return b.do("GET", all, "").gist()
	}, "401 APIGW.0301", "200"},
	"content-type-text":  {func(b *bench) string { return b.do("GET", all, "").header.Get("Content-Type") }, "application/json", "text/plain"},
	"error-code-missing": {func(b *bench) string { return b.do("GET", "/nope", "").at("error_code") }, "ModelArts.6309", "<none>"},
	"error-text-missing": {func(b *bench) string { return b.do("GET", "/nope", "").at("error_msg") }, "The instance does not exist.", "<none>"},
	"foreign-project-readable": {func(b *bench) string {
		b.create(`{}`)
		b.token = secondToken
		a := b.do("GET", all, "")
		return a.gist() + " " + a.names()
	}, "403 APIGW.0310 ", "200 nb-1"},
	"malformed-body-accepted": {acting(running, func(b *bench, path string) string { return b.do("PUT", path, "{").gist() }), "400 ModelArts.6400", "200"},
	"missing-token-accepted": {func(b *bench) string {
		b.token = ""
		return b.do("GET", all, "").gist()
	}, "401 APIGW.0301", "200"},
	"refusals-with-200":      {func(b *bench) string { return b.do("GET", "/nope", "").gist() }, "400 ModelArts.6309", "200 ModelArts.6309"},
	"taken-name-as-409":      {func(b *bench) string { b.create(`{}`); return posting(`{}`)(b) }, "400 ModelArts.6301", "409 ModelArts.6301"},
	"unknown-id-as-6404":     {func(b *bench) string { return b.do("GET", "/nope", "").gist() }, "400 ModelArts.6309", "400 ModelArts.6404"},
	"wrong-code-6309-as-404": {func(b *bench) string { return b.do("GET", "/nope", "").gist() }, "400 ModelArts.6309", "404 ModelArts.6309"},

	"create-leaves-on-refusal": {func(b *bench) string {
		seen := posting(`{"flavor":"nope","spec":{"auto_stop":{"enable":true}}}`)(b)
		b.pass(time.Second)
		return seen + " " + b.do("GET", all, "").names()
	}, "400 ModelArts.6348 ", "400 ModelArts.6348 nb-1"},
	"description-charset-ignored": {posting(`{"description":"a<b"}`), "400 ModelArts.6334", "202"},
	"duration-3599-accepted":      {posting(`{"spec":{"auto_stop":{"enable":true,"duration":3599}}}`), "400 ModelArts.6349", "202"},
	"duration-86401-accepted":     {posting(`{"spec":{"auto_stop":{"enable":true,"duration":86401}}}`), "400 ModelArts.6349", "202"},
	"duration-optional":           {posting(`{"spec":{"auto_stop":{"enable":true}}}`), "400 ModelArts.6348", "202"},
	"evs-4-accepted":              {posting(`{"spec":{"storage":{"location":{"volume_size":4}}}}`), "400 ModelArts.6331", "202"},
	"evs-4097-accepted":           {posting(`{"spec":{"storage":{"location":{"volume_size":4097}}}}`), "400 ModelArts.6331", "202"},
	"flavor-mismatch-accepted":    {posting(`{"flavor":"modelarts.vm.gpu.p100"}`), "400 ModelArts.6330", "202"},
	"flavor-optional":             {posting(`{"flavor":null}`), "400 ModelArts.6335", "202"},
	"flavor-unknown-accepted":     {posting(`{"flavor":"nope"}`), "400 ModelArts.6323", "202"},
	"name-charset-ignored":        {posting(`{"name":"a b"}`), "400 ModelArts.6334", "202"},
	"name-length-ignored":         {posting(`{"name":"` + strings.Repeat("a", 65) + `"}`), "400 ModelArts.6336", "202"},
	"number-as-text-accepted":     {posting(`{"name":123}`), "400 ModelArts.6332", "202"},
	"path-optional":               {posting(`{"spec":{"storage":{"type":"obs"}}}`), "400 ModelArts.6317", "202"},
	"path-root-accepted":          {posting(`{"spec":{"storage":{"type":"obs","location":{"path":"a/"}}}}`), "400 ModelArts.6358", "202"},
	"path-slash-ignored":          {posting(`{"spec":{"storage":{"type":"obs","location":{"path":"a/b"}}}}`), "400 ModelArts.6318", "202"},
	"quota-ignored": {func(b *bench) string {
		for i := range quota {
			b.create(fmt.Sprintf(`{"name":"nb%d"}`, i))
		}
		return posting(`{}`)(b)
	}, "400 ModelArts.6302", "202"},
	"storage-optional":     {posting(`{"spec":{"storage":null}}`), "400 ModelArts.6316", "202"},
	"storage-type-ignored": {posting(`{"spec":{"storage":{"type":"nfs"}}}`), "400 ModelArts.6324", "202"},
	"two-names-accepted":   {func(b *bench) string { b.create(`{}`); return posting(`{}`)(b) }, "400 ModelArts.6301", "202"},

	"action-counts-as-update": {acting(running, action("stop"), func(b *bench, path string) string {
		return b.do("GET", path, "").at("latest_update_timestamp")
	}), "202, 1594887749962", "202, 1594887750962"},
	"description-lost":      {showing(starting, `{"description":"kept"}`, "description"), "kept", ""},
	"error-code-on-success": {showing(starting, `{}`, "error_code"), "<none>", "ModelArts.6361"},
	"instances-shared": {func(b *bench) string {
		path := b.create(`{}`)
		b.token = secondToken
		return b.do("GET", "/v1/"+secondProject+"/demanager/instances"+path, "").gist()
	}, "400 ModelArts.6309", "200"},
	"prompt-default-lost":   {showing(starting, `{}`, "spec.auto_stop.prompt"), "true", "false"},
	"remain-time-missing":   {showing(running, anHour, "spec.auto_stop.remain_time"), "3599", "<none>"},
	"remain-time-truncated": {showing(running, anHour, "spec.auto_stop.remain_time"), "3599", "3598"},
	"timestamps-as-numbers": {func(b *bench) string {
		return fmt.Sprintf("%T", b.do("POST", "", evs).body["creation_timestamp"])
	}, "string", "float64"},
	"url-missing": {func(b *bench) string {
		return fmt.Sprint(showing(running, `{}`, "spec.annotations.url")(b) == "")
	}, "false", "true"},
	"volume-size-lost": {showing(starting, `{"spec":{"storage":{"location":{"volume_size":9}}}}`, "spec.storage.location.volume_size"), "9", "5"},
	"workspace-lost":   {showing(starting, `{"workspace":{"id":"0"}}`, "workspace.id"), "0", "<none>"},

	"action-enum-ignored": {acting(running, action("pause")), "400 ModelArts.6336", "202"},
	"action-optional": {acting(running, func(b *bench, path string) string {
		return b.do("POST", path+"/action", `{}`).gist()
	}), "400 ModelArts.6335", "202"},
	"action-swaps-fields": {acting(running, func(b *bench, path string) string {
		return b.act(path, "stop").at("current_status")
	}), stopping, running},
	"auto-stop-at-creation": {showing(running, anHour, "spec.auto_stop.stop_timestamp"), "1594891350262", "1594891349962"},
	"auto-stop-never": {func(b *bench) string {
		path := b.create(anHour)
		b.pass(2 * time.Hour)
		return b.do("GET", path, "").at("status")
	}, stopped, running},
	"create-stuck": {func(b *bench) string { return later(b, b.create(`{}`)) }, running, starting},
	"delete-noop":  {acting(stopped, deleting, reading), "200, 400 ModelArts.6309", "200, 200"},

	"delete-while-running-accepted":  {acting(running, deleting), "400 ModelArts.6304", "200"},
	"delete-while-starting-accepted": {acting(starting, deleting), "400 ModelArts.6306", "200"},

	"restart-is-stop":           {acting(running, action("restart"), later), "202, RUNNING", "202, STOPPED"},
	"start-on-running-accepted": {acting(running, action("start")), "400 ModelArts.6305", "202"},
	"stop-on-stopped-accepted":  {acting(stopped, action("stop")), "400 ModelArts.6357", "202"},
	"stop-stuck":                {acting(running, action("stop"), later), "202, STOPPED", "202, STOPPING"},
	"stop-while-starting-works": {acting(starting, action("stop")), "400 ModelArts.6306", "202"},
	"token-missing": {acting(running, func(b *bench, path string) string {
		return fmt.Sprint(len(b.do("GET", path+"/token", "").at("token")))
	}), "32", "6"},
	"token-when-stopped": {acting(stopped, func(b *bench, path string) string {
		return b.do("GET", path+"/token", "").gist()
	}), "400 ModelArts.6327", "200"},
	"update-charset-ignored": {acting(running, putting(`{"description":"a/b"}`, "")), "400 ModelArts.6334", "200"},
	"update-drops-auto-stop": {acting(running, putting(anHour, ""), putting(`{"description":"new"}`, "spec.auto_stop.enable")), "200, true", "200, false"},
	"update-lost":            {acting(running, putting(`{"description":"new"}`, "description")), "new", ""},
	"update-moves-deadline": {acting(running, putting(anHour, "spec.auto_stop.stop_timestamp"), putting(twice, "spec.auto_stop.stop_timestamp")),
		"1594891360962, 1594891360962", "1594891360962, 1594894970962"},
	"update-range-ignored":       {acting(running, putting(`{"spec":{"auto_stop":{"enable":true,"duration":1}}}`, "")), "400 ModelArts.6349", "200"},
	"update-timestamp-unchanged": {acting(running, putting(`{"description":"new"}`, "latest_update_timestamp")), "1594887760962", "1594887749962"},

	"de-type-optional": {listing(""), "400 ModelArts.6335 <none> ", listABC},
	"deleted-still-listed": {acting(stopped, deleting, func(b *bench, _ string) string {
		return b.do("GET", all, "").at("total_count")
	}), "200, 0", "200, 1"},
	"desc-ignored":            {listing(all + "&order=desc"), "200 3 c b a", listABC},
	"limit-ignored":           {listing(all + "&limit=1"), "200 3 a", listABC},
	"limit-text-accepted":     {listing(all + "&limit=abc"), "400 ModelArts.6332 <none> ", listABC},
	"list-null-when-empty":    {func(b *bench) string { return b.do("GET", all, "").at("instances") }, "[]", "null"},
	"offset-ignored":          {listing(all + "&offset=1"), "200 3 b c", listABC},
	"offset-off-by-one":       {listing(all + "&offset=1"), "200 3 b c", "200 3 c"},
	"order-unknown-accepted":  {listing(all + "&order=up"), "400 ModelArts.6336 <none> ", listABC},
	"sortby-ignored":          {listing(all + "&sortby=creation_timestamp"), "200 3 c a b", listABC},
	"sortby-unknown-accepted": {listing(all + "&sortby=flavor"), "400 ModelArts.6303 <none> ", listABC},
	"status-filter-ignored":   {listing(all + "&status=STOPPED"), "200 1 a", listABC},
	"status-unknown-accepted": {listing(all + "&status=FOO"), "400 ModelArts.6336 <none> ", "200 0 "},
	"total-count-as-string": {func(b *bench) string {
		return fmt.Sprintf("%T", b.do("GET", all, "").body["total_count"])
	}, "float64", "string"},
	"total-counts-page":        {listing(all + "&limit=1"), "200 3 a", "200 1 a"},
	"workspace-filter-ignored": {listing(all + "&workspace_id=1"), "200 0 ", listABC},
}

func TestFaults(t *testing.T) {
	names := FaultNames()
	if len(names) < 25 || !slices.IsSorted(names) || len(slices.Compact(slices.Clone(names))) != len(names) {
		t.Errorf("%d faults: %v", len(names), names)
	}
	for name := range symptoms {
		if !slices.Contains(names, name) {
			t.Errorf("%s is no fault", name)
		}
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, ok := symptoms[name]
			if !ok {
				t.Fatal("nothing shows it")
			}
			sound, faulty := start(t), start(t, name)
			sound.want("sound", s.see(sound), s.sound)
			faulty.want("faulty", s.see(faulty), s.instead)
			if s.sound == s.instead {
				t.Error("no difference")
			}
		})
	}
}
