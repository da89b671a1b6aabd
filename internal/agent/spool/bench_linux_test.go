package spool

import (
	"syscall"
	"testing"
)

func BenchmarkAppend(b *testing.B) {
	s, err := Open(b.TempDir(), Options{MaxBytes: 64 << 20})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	data := make([]byte, 800)
	b.ReportAllocs()
	b.SetBytes(800)
	n := int64(0)
	for b.Loop() {
		n++
		if err := s.Append(Record{Lane: 4, Sequence: n, Time: n, Payload: data}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkThrough is the CPU of a record from Append to Release without a
// disk, in both goroutines of the spool.
func BenchmarkThrough(b *testing.B) {
	s, err := Open(b.TempDir(), Options{MaxBytes: 1 << 30, disk: noSync{}, MaxPending: 1 << 30})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	data := make([]byte, 800)
	var recs []Record
	n := int64(0)
	b.ReportAllocs()
	began := cpu(b)
	defer func() { b.ReportMetric(float64(cpu(b)-began)/float64(n), "cpu-ns/record") }()
	for b.Loop() {
		n++
		if err := s.Append(Record{Lane: 4, Sequence: n, Time: n, Payload: data}); err != nil {
			b.Fatal(err)
		}
		if n%1000 != 0 {
			continue
		}
		if err := s.Sync(b.Context()); err != nil {
			b.Fatal(err)
		}
		for {
			recs, err = s.Read(4, recs[:0], 256<<10)
			if err != nil {
				b.Fatal(err)
			}
			if len(recs) == 0 {
				break
			}
			s.Release(Mark{4, s.Epoch(), recs[len(recs)-1].Sequence})
		}
	}
}

// noSync is a disk whose cost is not counted.
type noSync struct{ realDisk }

type noSyncFile struct{ file }

func (noSyncFile) Sync() error { return nil }

func (d noSync) Create(path string) (file, error) {
	f, err := d.realDisk.Create(path)
	return noSyncFile{f}, err
}

func (noSync) SyncDir(string) error { return nil }

// cpu returns the CPU time of the process.
func cpu(b *testing.B) int64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return u.Utime.Nano() + u.Stime.Nano()
}
