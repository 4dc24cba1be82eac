package diagram

import (
	"cmp"
	"slices"
)

// point is a state, a label or a bend.
type point struct {
	name   string
	real   bool
	arrow  int // of a label; -1
	w, h   float64
	x, y   float64
	up, dn []*point
}

// bundle is all that leads from one state to another.
type bundle struct {
	from, to string
	on       []int // the arrows that were given, by index
	back     bool
	chain    []*point // from the upper end to the lower
}

// layout is the work in progress.
type layout struct {
	given  []Arrow
	arrows []*bundle
	order  []string
	rank   map[string]int
	nodes  map[string]*point
	layers [][]*point
}

// cutCycles marks the arrows that lead back to a state on the way; they are laid out upside down.
func (l *layout) cutCycles() {
	state := map[string]int{}
	var visit func(string)
	visit = func(name string) {
		state[name] = 1
		for _, a := range l.arrows {
			if a.from != name {
				continue
			}
			switch state[a.to] {
			case 0:
				visit(a.to)
			case 1:
				a.back = true
			}
		}
		state[name] = 2
	}
	for _, name := range l.order {
		if state[name] == 0 {
			visit(name)
		}
	}
}

func (a *bundle) ends() (upper, lower string) {
	if a.back {
		return a.to, a.from
	}
	return a.from, a.to
}

// rankAll gives each state an even layer; the odd ones hold labels.
func (l *layout) rankAll() {
	for range l.order {
		for _, a := range l.arrows {
			upper, lower := a.ends()
			l.rank[lower] = max(l.rank[lower], l.rank[upper]+2)
		}
	}
	for _, name := range l.order { // a state that nothing leads to stands right above where it leads
		entered, below := false, -1
		for _, a := range l.arrows {
			upper, lower := a.ends()
			entered = entered || lower == name
			if upper == name && (below < 0 || l.rank[lower] < below) {
				below = l.rank[lower]
			}
		}
		if !entered && below > 0 {
			l.rank[name] = below - 2
		}
	}
}

func width(s string) float64 { return float64(Columns(s)) * charWidth }

func (l *layout) chains() {
	deepest := 0
	for _, r := range l.rank {
		deepest = max(deepest, r)
	}
	l.layers = make([][]*point, deepest+1)
	for _, name := range l.order {
		p := &point{name: name, real: true, arrow: -1, w: width(name) + 24, h: nodeHeight}
		if name == "" {
			p.w, p.h = 20, 20
		}
		l.nodes[name] = p
		l.layers[l.rank[name]] = append(l.layers[l.rank[name]], p)
	}
	for i, a := range l.arrows {
		upper, lower := a.ends()
		from, to := l.rank[upper], l.rank[lower]
		middle := (from+to)/2 | 1
		a.chain = []*point{l.nodes[upper]}
		for rank := from + 1; rank < to; rank++ {
			p := &point{arrow: -1, w: 2}
			if rank == middle {
				p.arrow, p.h = i, float64(len(a.on)*lineHeight)
				for _, g := range a.on {
					p.w = max(p.w, width(l.given[g].Label)*0.9+6)
				}
			}
			l.layers[rank] = append(l.layers[rank], p)
			a.chain = append(a.chain, p)
		}
		a.chain = append(a.chain, l.nodes[lower])
		for j, p := range a.chain[1:] {
			p.up, a.chain[j].dn = append(p.up, a.chain[j]), append(a.chain[j].dn, p)
		}
	}
}

// reduceCrossings sorts each layer by the mean place of its neighbours, down and up again, and keeps the
// best order that it has seen.
func (l *layout) reduceCrossings() {
	best, least := l.copyLayers(), l.crossings()
	for sweep := range 24 {
		for i := range l.layers {
			rank := i
			if sweep%2 == 1 {
				rank = len(l.layers) - 1 - i
			}
			at := map[*point]float64{}
			for _, layer := range l.layers {
				for j, p := range layer {
					at[p] = (float64(j) + 0.5) / float64(len(layer))
				}
			}
			key := map[*point]float64{}
			for _, p := range l.layers[rank] {
				near := p.up
				if sweep%2 == 1 {
					near = p.dn
				}
				key[p] = mean(near, at[p], func(q *point) float64 { return at[q] })
			}
			slices.SortStableFunc(l.layers[rank], func(p, q *point) int { return cmp.Compare(key[p], key[q]) })
		}
		if n := l.crossings(); n < least {
			best, least = l.copyLayers(), n
		}
	}
	l.layers = best
}

func mean(points []*point, otherwise float64, of func(*point) float64) float64 {
	if len(points) == 0 {
		return otherwise
	}
	sum := 0.0
	for _, p := range points {
		sum += of(p)
	}
	return sum / float64(len(points))
}

func (l *layout) copyLayers() [][]*point {
	out := make([][]*point, len(l.layers))
	for i, layer := range l.layers {
		out[i] = slices.Clone(layer)
	}
	return out
}

func (l *layout) crossings() int {
	n := 0
	for i := range len(l.layers) - 1 {
		at := map[*point]int{}
		for j, p := range l.layers[i+1] {
			at[p] = j
		}
		var ends []int
		for _, p := range l.layers[i] {
			var mine []int
			for _, q := range p.dn {
				mine = append(mine, at[q])
			}
			for _, m := range mine {
				for _, e := range ends {
					if e > m {
						n++
					}
				}
			}
			ends = append(ends, mine...)
		}
	}
	return n
}

// place gives every point its coordinates.
func (l *layout) place() {
	y := float64(edge)
	for _, layer := range l.layers {
		height := 0.0
		x := 0.0
		for _, p := range layer {
			height = max(height, p.h)
			p.x = x + p.w/2
			x += p.w + sideGap
		}
		for _, p := range layer {
			p.y = y + height/2
		}
		y += height + layerGap
	}
	for sweep := range 60 {
		for i := range l.layers {
			rank := i
			if sweep%2 == 1 {
				rank = len(l.layers) - 1 - i
			}
			settle(l.layers[rank])
		}
	}
}

// settle moves the points of a layer as near to the means of their neighbours as their order and sizes
// allow; that is an isotonic regression, solved by pooling neighbours that would overlap.
func settle(layer []*point) {
	type pool struct{ sum, weight, n float64 }
	var pools []pool
	offset, offsets := 0.0, make([]float64, len(layer))
	for i, p := range layer {
		if i > 0 {
			offset += (layer[i-1].w+p.w)/2 + sideGap
		}
		offsets[i] = offset
		weight := 1.0
		if !p.real {
			weight = 2 // long arrows are to be straight
		}
		want := p.pull() - offset
		pools = append(pools, pool{want * weight, weight, 1})
		for len(pools) > 1 {
			a, b := pools[len(pools)-2], pools[len(pools)-1]
			if a.sum/a.weight <= b.sum/b.weight {
				break
			}
			pools = append(pools[:len(pools)-2], pool{a.sum + b.sum, a.weight + b.weight, a.n + b.n})
		}
	}
	i := 0
	for _, p := range pools {
		for range int(p.n) {
			layer[i].x = p.sum/p.weight + offsets[i]
			i++
		}
	}
}

// pull is where the neighbours of a point draw it, those on the same long arrow the most.
func (p *point) pull() float64 {
	sum, weight := 0.0, 0.0
	for _, q := range slices.Concat(p.up, p.dn) {
		w := 1.0
		if !p.real && !q.real {
			w = 8
		}
		sum, weight = sum+q.x*w, weight+w
	}
	if weight == 0 {
		return p.x
	}
	return sum / weight
}
