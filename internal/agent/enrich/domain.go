package enrich

import (
	"container/list"
	"net/netip"
	"time"

	"github.com/vedette-edr/vedette/internal/event"
)

// Bounds of what is remembered of names.
const (
	maxDomains   = 8192 // addresses, once for who asked and once for the host
	maxAnswers   = 16   // addresses of one answer
	shortestLife = event.Time(time.Minute)
	longestLife  = event.Time(time.Hour)
	libraryLife  = event.Time(5 * time.Minute) // of addresses whose time to live was not seen
)

// domains remembers which name led to an address, so that a connection has the
// name that it was meant for: the one that the process itself asked for, or
// else the last one that anybody on the host did. Several names may lead to one
// address, and an answer may say what it likes: it is what was resolved, not
// who is there. The time is that of the events. It belongs to one goroutine.
type domains struct {
	byKey map[domainKey]*list.Element
	order list.List // of *domain, the least recently used first
	most  int
}

// domainKey is an address as a process knows it, or the host when entity is "".
type domainKey struct {
	entity  string
	address netip.Addr
}

type domain struct {
	key   domainKey
	name  string
	until event.Time
}

func newDomains(most int) *domains {
	return &domains{byKey: map[domainKey]*list.Element{}, most: most}
}

// see learns from an answer and names the destination of a connection.
func (d *domains) see(e *event.Event) {
	switch {
	case e.DNS != nil && e.DNS.Name != "" && len(e.DNS.Resolved) > 0:
		d.learn(e)
	case e.Kind == event.NetConnect && e.Net != nil && e.Net.DestinationDomain == "":
		e.Net.DestinationDomain = d.find(e)
	}
}

func (d *domains) learn(e *event.Event) {
	life := libraryLife
	if e.DNS.TTL > 0 {
		life = min(max(event.Time(e.DNS.TTL)*event.Time(time.Second), shortestLife), longestLife)
	}
	for _, text := range e.DNS.Resolved[:min(len(e.DNS.Resolved), maxAnswers)] {
		a, err := netip.ParseAddr(text)
		if err != nil {
			continue
		}
		a = a.Unmap()
		d.put(domain{domainKey{"", a}, e.DNS.Name, e.Time + life})
		if e.Process != nil && e.Process.EntityID != "" {
			d.put(domain{domainKey{e.Process.EntityID, a}, e.DNS.Name, e.Time + life})
		}
	}
}

func (d *domains) put(n domain) {
	if at := d.byKey[n.key]; at != nil {
		*at.Value.(*domain) = n
		d.order.MoveToBack(at)
		return
	}
	if len(d.byKey) >= d.most {
		oldest := d.order.Front()
		delete(d.byKey, oldest.Value.(*domain).key)
		d.order.Remove(oldest)
	}
	d.byKey[n.key] = d.order.PushBack(&n)
}

func (d *domains) find(e *event.Event) string {
	entity := ""
	if e.Process != nil {
		entity = e.Process.EntityID
	}
	for _, key := range []domainKey{{entity, e.Net.DestinationIP}, {"", e.Net.DestinationIP}} {
		at := d.byKey[key]
		if at == nil {
			continue
		}
		n := at.Value.(*domain)
		if n.until < e.Time {
			delete(d.byKey, key)
			d.order.Remove(at)
			continue
		}
		d.order.MoveToBack(at)
		return n.name
	}
	return ""
}
