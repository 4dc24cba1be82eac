package otherserver

// profile is a software image that notebooks can be made of. Requests name it by its name; the id is the
// server's own.
type profile struct {
	id, name, text string
	hardware       string // as profiles spell it
	image, tag     string
}

var profiles = []profile{
	{"0b7f3ad2-52a1-4f0c-9a55-6a3b1c9f8d01", "Multi-Engine 1.0 (python2)-cpu", "several engines, python 2.7", "CPU", "multi-cpu-cp27", "7"},
	{"0b7f3ad2-52a1-4f0c-9a55-6a3b1c9f8d02", "Multi-Engine 1.0 (python2)-gpu", "several engines, python 2.7", "GPU", "multi-gpu-cp27", "7"},
	{"0b7f3ad2-52a1-4f0c-9a55-6a3b1c9f8d03", "Multi-Engine 1.0 (python3)-cpu", "several engines, python 3.6", "CPU", "multi-cpu-cp36", "7"},
	{"0b7f3ad2-52a1-4f0c-9a55-6a3b1c9f8d04", "Multi-Engine 1.0 (python3)-gpu", "several engines, python 3.6", "GPU", "multi-gpu-cp36", "7"},
	{"0b7f3ad2-52a1-4f0c-9a55-6a3b1c9f8d05", "Multi-Engine 2.0 (python3)", "several engines, python 3.7", "CPU", "multi-cpu-cp37", "1"},
	{"0b7f3ad2-52a1-4f0c-9a55-6a3b1c9f8d06", "Python2", "python 2.7", "CPU", "single-cpu-cp27", "4"},
	{"0b7f3ad2-52a1-4f0c-9a55-6a3b1c9f8d07", "Python2-gpu", "python 2.7", "GPU", "single-gpu-cp27", "4"},
	{"0b7f3ad2-52a1-4f0c-9a55-6a3b1c9f8d08", "Python3", "python 3.6", "CPU", "single-cpu-cp36", "4"},
	{"0b7f3ad2-52a1-4f0c-9a55-6a3b1c9f8d09", "Python3-gpu", "python 3.6", "GPU", "single-gpu-cp36", "4"},
	{"0b7f3ad2-52a1-4f0c-9a55-6a3b1c9f8d10", "ML-1.0.0-python2.7", "machine learning, python 2.7", "CPU", "ml-cp27", "4"},
	{"0b7f3ad2-52a1-4f0c-9a55-6a3b1c9f8d11", "TF-2.1.0&Pytorch-1.4.0-python3.6", "two engines, python 3.6", "CPU", "tf2-torch-cp36", "2"},
	{"0b7f3ad2-52a1-4f0c-9a55-6a3b1c9f8d12", "Ascend-Power-Engine 1.0(python3)", "python 3.7 for Ascend", "Ascend", "ascend-cp37", "3"},
	{"0b7f3ad2-52a1-4f0c-9a55-6a3b1c9f8d13", "Power-Engine 1.0(python3)", "python 3.7 for Ascend", "Ascend", "ascend-cp37", "5"},
}

// flavor is a machine that notebooks can run on.
type flavor struct {
	name     string
	hardware string // as flavors spell it
	params   map[string]any
	free     bool
	barred   bool // needs a permission that nobody has here
}

var flavors = []flavor{
	{name: "modelarts.vm.cpu.2u", hardware: "CPU", params: machine(2, 0, 8)},
	{name: "modelarts.vm.cpu.8u", hardware: "CPU", params: machine(8, 0, 32)},
	{name: "modelarts.vm.gpu.p100", hardware: "GPU", params: machine(8, 1, 64)},
	{name: "modelarts.vm.gpu.2p100", hardware: "GPU", params: machine(16, 2, 128), barred: true},
	{name: "modelarts.vm.gpu.4p100", hardware: "GPU", params: machine(32, 4, 256), barred: true},
	{name: "modelarts.vm.gpu.v100", hardware: "GPU", params: machine(8, 1, 64)},
	{name: "modelarts.bm.gpu.v100NV32", hardware: "GPU", params: machine(8, 1, 64)},
	{name: "modelarts.kat1.xlarge", hardware: "ASCEND", params: machine(24, 0, 96)},
	{name: "modelarts.vm.cpu.free", hardware: "CPU", params: machine(2, 0, 8), free: true},
	{name: "modelarts.vm.gpu.free", hardware: "GPU", params: machine(8, 1, 64), free: true},
}

func machine(cpus, gpus, gib int) map[string]any {
	return map[string]any{"cpus": cpus, "gpus": gpus, "memory_gib": gib}
}

func profileNamed(name string) *profile {
	for i := range profiles {
		if profiles[i].name == name {
			return &profiles[i]
		}
	}
	return nil
}

func flavorNamed(name string) *flavor {
	for i := range flavors {
		if flavors[i].name == name {
			return &flavors[i]
		}
	}
	return nil
}

func (p *profile) runsOn(f *flavor) bool {
	return p.hardware == f.hardware || p.hardware == "Ascend" && f.hardware == "ASCEND"
}

func (p *profile) view() map[string]any {
	image := map[string]any{"namespace": "other", "image_name": p.image, "image_tag": p.tag}
	return map[string]any{
		"id": p.id, "name": p.name, "description": p.text, "de_type": "Notebook", "flavor_type": p.hardware,
		"provision": map[string]any{"type": "Docker", "spec": map[string]any{"engine": "CCE", "params": image}},
	}
}

func (f *flavor) view() map[string]any {
	promo := "NoDiscount"
	if f.free {
		promo = "Free"
	}
	return map[string]any{
		"name": f.name, "status": "onSale", "type": f.hardware, "params": f.params, "promo_type": promo,
		"is_permitted": !f.barred, "storage_list": []string{"obs", "evs"}, "store_time": -1,
	}
}
