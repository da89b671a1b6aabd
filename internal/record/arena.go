package record

import "unsafe"

// arena holds the texts of the records of a batch. They are good until reset,
// which costs nothing: reading a million records makes no garbage.
type arena struct {
	chunks [][]byte
	at     int // chunk in use
}

// arenaChunk is the size of a chunk, bytes; a longer text has one of its own.
const arenaChunk = 64 << 10

// maxArena is how much stays allocated from one block to the next, bytes.
const maxArena = 1 << 20

// put copies text into the arena. The bytes behind a string are not changed as
// long as it is good: a chunk only grows within its room, and is used anew
// only after reset.
func (a *arena) put(text []byte) string {
	if len(text) == 0 {
		return ""
	}
	for a.at < len(a.chunks) && cap(a.chunks[a.at])-len(a.chunks[a.at]) < len(text) {
		a.at++
	}
	if a.at == len(a.chunks) {
		a.chunks = append(a.chunks, make([]byte, 0, max(arenaChunk, len(text))))
	}
	c := a.chunks[a.at]
	from := len(c)
	c = append(c, text...)
	a.chunks[a.at] = c
	return unsafe.String(&c[from], len(text))
}

func (a *arena) reset() {
	total := 0
	for i, c := range a.chunks {
		if total += cap(c); total > maxArena {
			clear(a.chunks[i:])
			a.chunks = a.chunks[:i]
			break
		}
		a.chunks[i] = c[:0]
	}
	a.at = 0
}
