package fanotify

import (
	"encoding/binary"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// raw makes an event with records as the kernel writes them.
func raw(mask uint64, pid int32, records ...[]byte) []byte {
	b := make([]byte, headSize)
	for _, r := range records {
		b = append(b, r...)
	}
	binary.NativeEndian.PutUint32(b, uint32(len(b)))
	b[4] = unix.FANOTIFY_METADATA_VERSION
	binary.NativeEndian.PutUint16(b[6:], headSize)
	binary.NativeEndian.PutUint64(b[8:], mask)
	binary.NativeEndian.PutUint32(b[16:], ^uint32(0))
	binary.NativeEndian.PutUint32(b[20:], uint32(pid))
	return b
}

func record(kind byte, body []byte) []byte {
	b := append([]byte{kind, 0, 0, 0}, body...)
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	binary.NativeEndian.PutUint16(b[2:], uint16(len(b)))
	return b
}

func fid(id, name string) []byte {
	b := binary.NativeEndian.AppendUint32(nil, 7)
	b = binary.NativeEndian.AppendUint32(b, 8)
	b = binary.NativeEndian.AppendUint32(b, uint32(len(id)))
	b = binary.NativeEndian.AppendUint32(b, 1)
	b = append(b, id...)
	if name != "" {
		b = append(append(b, name...), 0)
	}
	return b
}

func all(t *testing.T, buf []byte) ([]message, error) {
	t.Helper()
	var out []message
	err := parse(buf, func(m message) { out = append(out, m) })
	return out, err
}

func TestParse(t *testing.T) {
	buf := raw(unix.FAN_CREATE, 42, record(unix.FAN_EVENT_INFO_TYPE_DFID_NAME, fid("DIR.", "new file")), record(unix.FAN_EVENT_INFO_TYPE_FID, fid("FILE", "")))
	buf = append(buf, raw(unix.FAN_RENAME, 0, record(unix.FAN_EVENT_INFO_TYPE_OLD_DFID_NAME, fid("DIR.", "a")),
		record(unix.FAN_EVENT_INFO_TYPE_NEW_DFID_NAME, fid("DIR2", "b")), record(99, []byte("later kernels")))...)
	got, err := all(t, buf)
	if err != nil || len(got) != 2 {
		t.Fatalf("%d messages, %v", len(got), err)
	}
	m := got[0]
	if m.pid != 42 || m.pidfd != -1 || m.fd != -1 || m.at.name != "new file" || m.at.dir != (handle{fsid{7, 8}, m.at.dir.id}) ||
		!strings.HasSuffix(m.at.dir.id, "DIR.") || !strings.HasSuffix(m.target.id, "FILE") {
		t.Errorf("create: %+v", m)
	}
	if m = got[1]; m.at.name != "a" || m.new.name != "b" || !strings.HasSuffix(m.new.dir.id, "DIR2") || m.target.id != "" {
		t.Errorf("rename: %+v", m)
	}
	if k, ok := got[0].target.kernelForm(); !ok || k.Type() != 1 || string(k.Bytes()) != "FILE" {
		t.Errorf("kernel's form: %v %q", k.Type(), k.Bytes())
	}
}

// What is malformed is an error, and what came before it is handed on.
func TestParseMalformed(t *testing.T) {
	good := raw(unix.FAN_DELETE, 1, record(unix.FAN_EVENT_INFO_TYPE_DFID_NAME, fid("DIR.", "x")))
	endless := fid("DIR.", "")
	endless = append(endless, strings.Repeat("n", 300)...)
	large := fid("DIR.", "x")
	binary.NativeEndian.PutUint32(large[8:], 1<<20)
	version := raw(0, 1)
	version[4] = 2
	for name, tail := range map[string][]byte{
		"short": good[:10], "cut": good[:len(good)-1], "version": version,
		"name without an end": raw(0, 1, record(unix.FAN_EVENT_INFO_TYPE_DFID_NAME, endless)),
		"large handle":        raw(0, 1, record(unix.FAN_EVENT_INFO_TYPE_FID, large)),
		"empty record":        raw(0, 1, []byte{1, 0, 0, 0}),
		"short pidfd":         raw(0, 1, record(unix.FAN_EVENT_INFO_TYPE_PIDFD, nil)),
	} {
		got, err := all(t, append(append([]byte{}, good...), tail...))
		if err == nil || len(got) == 0 || got[0].at.name != "x" {
			t.Errorf("%s: %d messages, %v", name, len(got), err)
		}
	}
}

func FuzzMessages(f *testing.F) {
	f.Add(raw(unix.FAN_CREATE, 42, record(unix.FAN_EVENT_INFO_TYPE_DFID_NAME, fid("DIR.", "new file")), record(unix.FAN_EVENT_INFO_TYPE_FID, fid("FILE", ""))))
	f.Add(raw(unix.FAN_RENAME, 0, record(unix.FAN_EVENT_INFO_TYPE_OLD_DFID_NAME, fid("D", "a")), record(unix.FAN_EVENT_INFO_TYPE_NEW_DFID_NAME, fid("D2", "b"))))
	f.Add(raw(unix.FAN_Q_OVERFLOW, 0))
	f.Fuzz(func(t *testing.T, buf []byte) {
		n := 0
		_ = parse(buf, func(m message) { // the descriptors are not ours
			n++
			if len(m.at.name) > maxName || len(m.new.name) > maxName || len(m.target.id) > maxHandle+4 || m.pidfd < -1 {
				t.Errorf("%+v", m)
			}
		})
		if n > len(buf)/headSize {
			t.Errorf("%d messages of %d bytes", n, len(buf))
		}
	})
}
