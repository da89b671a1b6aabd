package enrich

import "github.com/vedette-edr/vedette/internal/event"

// fileKey tells one content from another: no content changes without its
// ctime, except within one tick of the file system's clock (see digester).
type fileKey struct {
	inode, device, size int64
	changed             event.Time
}

type digest struct {
	key      fileKey
	modified event.Time
	facts    *facts
}

func keyOf(f *event.File) fileKey { return fileKey{f.Inode, f.Device, f.Size.N, f.Changed} }

// cached returns what is known of a content. Files without a ctime are not held.
func (h *hasher) cached(key fileKey, modified event.Time) *facts {
	at := h.cache[key]
	if at == nil {
		return nil
	}
	d := at.Value.(*digest)
	if modified != 0 && d.modified != 0 && modified != d.modified {
		return nil
	}
	h.order.MoveToFront(at)
	return d.facts
}

// keep holds digests, and drops those not used for the longest time.
func (h *hasher) keep(d *digest) {
	if old := h.cache[d.key]; old != nil {
		h.order.Remove(old)
	}
	h.cache[d.key] = h.order.PushFront(d)
	for len(h.cache) > h.opts.HashCache {
		old := h.order.Back()
		h.order.Remove(old)
		delete(h.cache, old.Value.(*digest).key)
	}
}
