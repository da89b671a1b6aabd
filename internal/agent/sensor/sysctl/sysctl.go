// Package sysctl is the sensor of settings of the kernel that are written
// through /proc/sys: which, by whom, from which value to which.
//
// The rung cgroup_sysctl is a hook of the cgroup of the scope, or of the root of
// the hierarchy, that the kernel calls for each use of /proc/sys; other system
// calls pay nothing. It is called before the value is set, so the outcome is not
// known, and what sets a value in another way (a program in the kernel, netlink,
// the command line of the kernel) is not seen. Writing the value that there is
// already is no change and is not told; values of keys (tcp_fastopen_key,
// stable_secret) are not told.
//
// While it runs, the sensor has no goroutine of its own.
package sysctl

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"
	"golang.org/x/sys/unix"

	"github.com/vedette-edr/vedette/internal/agent/sensor"
	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
	"github.com/vedette-edr/vedette/internal/event"
)

// rung is the name of the source of the events.
const rung = "cgroup_sysctl"

// Options are what the sensor needs.
type Options struct {
	Kernel *kernel.Kernel // nil when it could not be opened
	Reason error          // why Kernel is nil
	Now    func() event.Time
}

// Sensor makes events of settings of the kernel.
type Sensor struct {
	o       Options
	sources []sensor.Source
}

// New returns the sensor.
func New(o Options) *Sensor {
	if o.Now == nil {
		o.Now = func() event.Time { return event.At(time.Now()) }
	}
	s := &Sensor{o: o}
	s.sources = []sensor.Source{{
		Rung: sensor.Rung{
			Name: rung, Needs: "Linux 5.12 or later with CONFIG_DEBUG_INFO_BTF and CONFIG_CGROUP_BPF, root, and a cgroup v2 hierarchy",
			Limits: "settings that are not written through /proc/sys",
		},
		Run: s.hear,
	}}
	return s
}

// Spec implements sensor.Sensor.
func (s *Sensor) Spec() sensor.Spec {
	return sensor.Spec{
		Name: "sysctl", Doc: "Settings of the kernel that are written through /proc/sys.",
		Kinds: []event.Kind{event.SysctlChange}, Rungs: sensor.Rungs(s.sources),
	}
}

// Run implements sensor.Sensor.
func (s *Sensor) Run(ctx context.Context, emit sensor.Emit) error {
	return sensor.Descend(ctx, "sysctl", s.sources, emit, s.o.Now)
}

// hear is the rung of the hook of the cgroup.
func (s *Sensor) hear(ctx context.Context, emit sensor.Emit, took func(...string)) error {
	k := s.o.Kernel
	if k == nil {
		return kernel.NotOpen(s.o.Reason)
	}
	spec, err := loadProgram()
	if err != nil {
		return fmt.Errorf("read the object: %w", err)
	}
	d := &decoder{clock: k, texts: kernel.NewTexts()}
	programs, err := s.attach(spec, func(r kernel.Record) error {
		e, err := d.decode(r)
		if err == nil && e.Change.Before[0] != e.Change.After[0] {
			emit(e)
		}
		return err
	})
	if err != nil {
		return err
	}
	took()
	return errors.Join(k.Wait(ctx), programs.Close())
}

func (s *Sensor) attach(spec *ebpf.CollectionSpec, handle func(kernel.Record) error) (*kernel.Programs, error) {
	dir, err := s.o.Kernel.Cgroup()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", sensor.ErrNotSupported, err)
	}
	return s.o.Kernel.Attach(kernel.Source{
		ID: kernel.Sysctl, Spec: spec, Handle: handle,
		Hook: func(_ string, p *ebpf.Program) (io.Closer, error) {
			return link.AttachCgroup(link.CgroupOptions{Path: dir, Attach: ebpf.AttachCGroupSysctl, Program: p})
		},
	})
}

// clock converts the kernel's times and makes ids; *kernel.Kernel is one.
type clock interface {
	Wall(boot uint64) event.Time
	Process(a kernel.Actor) *event.Process
}

// decoder turns records of sysctl.bpf.c into events.
type decoder struct {
	clock clock
	texts *kernel.Texts
}

// Sizes of struct setting.
const (
	nameSize  = 128
	valueSize = 512
)

func (d *decoder) decode(r kernel.Record) (*event.Event, error) {
	c := kernel.NewCursor(r.Body)
	a := c.Actor()
	before, after := int32(c.U32()), int32(c.U32())
	name := text(c.Bytes(nameSize))
	was, is := text(c.Bytes(valueSize)), text(c.Bytes(valueSize))
	if err := c.Err(); err != nil {
		return nil, err
	}
	if event.Kind(r.Kind) != event.SysctlChange || name == "" {
		return nil, fmt.Errorf("%w: kind %d of setting %q", kernel.ErrMalformed, r.Kind, name)
	}
	e := &event.Event{
		Time: d.clock.Wall(r.Time), Kind: event.SysctlChange, Provider: "sysctl", Rung: rung, SensorSequence: int64(r.Number),
		Process: d.clock.Process(a), User: a.User(d.texts),
		File: &event.File{Path: "/proc/sys/" + name, Type: "file"},
	}
	dotted := strings.ReplaceAll(name, "/", ".")
	if strings.HasSuffix(name, "_key") || strings.HasSuffix(name, "secret") {
		if was != is {
			was, is = "", "changed"
		}
	}
	if cut(before) || cut(after) {
		e.Reason = "a value is longer than what is kept"
	}
	e.Change = &event.Change{Object: "setting", Name: dotted, Fields: []string{"value"}, Before: []string{was}, After: []string{is}}
	return e, nil
}

// cut says whether a value did not fit.
func cut(size int32) bool { return size == -int32(unix.E2BIG) }

// text returns the characters before the first zero byte, without blanks around
// them.
func text(b []byte) string {
	if i := bytes.IndexByte(b, 0); i >= 0 {
		b = b[:i]
	}
	return strings.ToValidUTF8(string(bytes.TrimSpace(b)), "\uFFFD")
}
