package trace

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
	"github.com/vedette-edr/vedette/internal/event"
)

// record makes the body of a struct call of trace.bpf.c.
func record(name string, args [6]uint64, result int64, sizes [2]int32, text string) []byte {
	var b []byte
	for _, a := range args {
		b = binary.LittleEndian.AppendUint64(b, a)
	}
	b = binary.LittleEndian.AppendUint64(b, uint64(result))
	b = binary.LittleEndian.AppendUint32(b, 4711)
	number := uint32(500)
	for i, n := range callNames {
		if n == name {
			number = uint32(i)
		}
	}
	b = binary.LittleEndian.AppendUint32(b, number)
	b = binary.LittleEndian.AppendUint32(b, uint32(sizes[0]))
	b = binary.LittleEndian.AppendUint32(b, uint32(sizes[1]))
	return append(b, text...)
}

func wall(boot uint64) event.Time { return event.At(time.Unix(1767225600, int64(boot))) }

func TestDecode(t *testing.T) {
	pad := func(s string) string { return s + strings.Repeat("\x00", textSize-len(s)) }
	cwd := uint64(0xffffff9c)
	for _, tt := range []struct{ name, got, want string }{
		{"write", line(t, record("write", [6]uint64{1, 0x7000, 6}, 6, [2]int32{6}, pad("hello\n"))), `write(1, "hello\n", 6) = 6`},
		{"cut", line(t, record("write", [6]uint64{1, 0x7000, 300}, 300, [2]int32{256}, strings.Repeat("a", 256))), `write(1, "` + strings.Repeat("a", 256) + `"..., 300) = 300`},
		{"terminal", line(t, record("read", [6]uint64{0, 0x7000, 9}, 4, [2]int32{4}, pad("\x1b[2\xff"))), `read(0, "\x1b[2\xff", 9) = 4`},
		{"path", line(t, record("openat", [6]uint64{cwd, 0x7000, 0x80000}, -2, [2]int32{6}, pad("/none\x00"))), `openat(AT_FDCWD, "/none", 0x80000, 0) = ENOENT`},
		{"two paths", line(t, record("renameat2", [6]uint64{cwd, 1, 7, 2, 1}, 0, [2]int32{2, 2}, pad("a\x00")+pad("b\x00"))), `renameat2(AT_FDCWD, "a", 7, "b", 0x1) = 0`},
		{"second only", line(t, record("renameat2", [6]uint64{cwd, 1, 7, 2, 1}, -14, [2]int32{-14, 2}, pad("")+pad("b\x00"))), `renameat2(AT_FDCWD, 0x1, 7, "b", 0x1) = EFAULT`},
		{"address", line(t, record("mmap", [6]uint64{0, 4096, 3, 0x22, 0xffffffff}, 0x7f0000001000, [2]int32{}, "")), `mmap(0x0, 4096, 0x3, 0x22, -1, 0x0) = 0x7f0000001000`},
		{"no form", line(t, record("io_uring_setup", [6]uint64{8, 9}, 3, [2]int32{}, "")), `io_uring_setup(0x8, 0x9, 0x0, 0x0, 0x0, 0x0) = 3`},
		{"no name", line(t, record("?", [6]uint64{}, -38, [2]int32{}, "")), `call_500(0x0, 0x0, 0x0, 0x0, 0x0, 0x0) = ENOSYS`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if !strings.HasSuffix(tt.got, " 4711 "+tt.want) {
				t.Errorf("got  %s\nwant %s", tt.got, tt.want)
			}
		})
	}
}

// line decodes a record, takes it through JSON and returns it for people.
func line(t *testing.T, body []byte) string {
	t.Helper()
	c, err := decode(kernel.Record{Sensor: kernel.Trace, Body: body}, wall)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	var back Call
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	if back.String() != c.String() {
		t.Errorf("%s became %s", c, back)
	}
	return c.String()
}

func TestMalformed(t *testing.T) {
	whole := record("write", [6]uint64{1, 2, 3}, 3, [2]int32{3}, strings.Repeat("x", textSize))
	big := record("write", [6]uint64{1, 2, 3}, 3, [2]int32{textSize + 1}, strings.Repeat("x", 2*textSize))
	for name, body := range map[string][]byte{"empty": nil, "head only": whole[:60], "text is short": whole[:len(whole)-1], "text is long": big} {
		if _, err := decode(kernel.Record{Body: body}, wall); !errors.Is(err, kernel.ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(record("write", [6]uint64{1, 2, 3}, 3, [2]int32{3}, strings.Repeat("x", textSize)))
	f.Add(record("renameat2", [6]uint64{1, 2, 3, 4}, 0, [2]int32{-14, 256}, strings.Repeat("y", 2*textSize)))
	f.Add(record("getpid", [6]uint64{}, 1, [2]int32{}, ""))
	f.Fuzz(func(t *testing.T, body []byte) {
		c, err := decode(kernel.Record{Body: body}, wall)
		if err != nil {
			return
		}
		if s := c.String(); strings.ContainsAny(s, "\x1b\n\r") {
			t.Errorf("not fit for a terminal: %q", s)
		}
	})
}

// The forms are well-formed and find their texts; all calls or some are told.
func TestForms(t *testing.T) {
	for name, form := range forms {
		if len(form) > 6 || strings.Trim(form, "pbvmdlfox") != "" {
			t.Errorf("%s: %q", name, form)
		}
	}
	for name, want := range map[string]uint16{"write": 2<<4 | 2, "open": 1<<4 | 1, "renameat": 1<<4 | 2 | 4<<8, "writev": 3<<4 | 2, "sendmsg": 4<<4 | 2, "getpid": 0, "readlink": 1<<4 | 1} {
		if got := spell(forms[name]); got != want {
			t.Errorf("%s: %#x, want %#x", name, got, want)
		}
	}
	all, err := chosen(nil)
	if err != nil || all[500] != listed || all[0]&listed == 0 {
		t.Errorf("%#x, %v", all[500], err)
	}
	few, err := chosen([]string{"write", "openat"})
	n := 0
	for _, f := range few {
		if f != 0 {
			n++
		}
	}
	if err != nil || n != 2 {
		t.Errorf("%d calls, %v", n, err)
	}
}
