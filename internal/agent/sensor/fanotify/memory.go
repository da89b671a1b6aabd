package fanotify

// memory is a bounded map that forgets what was not asked for longest, half of
// it at a time.
type memory[K comparable, V any] struct {
	young, old map[K]V
	most       int
}

func newMemory[K comparable, V any](most int) *memory[K, V] {
	return &memory[K, V]{young: map[K]V{}, old: map[K]V{}, most: most}
}

func (m *memory[K, V]) get(k K) (V, bool) {
	v, ok := m.young[k]
	if ok {
		return v, true
	}
	if v, ok = m.old[k]; ok {
		m.put(k, v)
	}
	return v, ok
}

func (m *memory[K, V]) put(k K, v V) {
	if len(m.young) >= m.most/2 {
		m.young, m.old = map[K]V{}, m.young
	}
	m.young[k] = v
}

func (m *memory[K, V]) forget(k K) {
	delete(m.young, k)
	delete(m.old, k)
}

func (m *memory[K, V]) clear() {
	clear(m.young)
	clear(m.old)
}
