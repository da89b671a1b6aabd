package act

import (
	"bytes"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"iter"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/vedette-edr/vedette/internal/tlsh"
)

func lines(text []byte) iter.Seq[string] {
	return func(yield func(string) bool) {
		for line := range strings.Lines(string(text)) {
			if !yield(strings.TrimSuffix(line, "\n")) {
				return
			}
		}
	}
}

func createFile(s *stage) error {
	s.wantOwn("file_create", is("file.path", s.path("made.txt")))
	f, err := os.OpenFile(s.path("made.txt"), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

func writeFile(s *stage) error {
	const text = "one line of the self-exam\n"
	s.wantOwn("file_write", is("file.path", s.path("made.txt")), is("file.size", number(len(text))))
	f, err := os.OpenFile(s.path("made.txt"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}

func deleteFile(s *stage) error {
	s.wantOwn("file_delete", is("file.path", s.path("renamed.txt")))
	return os.Remove(s.path("renamed.txt"))
}

func renameFile(s *stage) error {
	s.wantOwn("file_rename", is("file.path", s.path("renamed.txt")))
	return os.Rename(s.path("made.txt"), s.path("renamed.txt"))
}

// put writes a file whose events nobody waits for.
func (s *stage) put(name string, text []byte, mode os.FileMode) (string, error) {
	path := s.path(name)
	return path, os.WriteFile(path, text, mode)
}

func chmod(s *stage) error {
	path, err := s.put("mode", nil, 0o600)
	if err != nil {
		return err
	}
	s.wantOwn("file_chmod", is("file.path", path), is("file.mode", "0755"))
	return os.Chmod(path, 0o755)
}

func chown(s *stage) error {
	path, err := s.put("owner", nil, 0o600)
	if err != nil {
		return err
	}
	s.wantOwn("file_chown", is("file.path", path), is("file.uid", "65534"))
	return os.Chown(path, 65534, 65534)
}

// xattr gives a file the attribute that holds capabilities, which every file
// system in memory has.
func xattr(s *stage) error {
	path, err := s.put("attribute", nil, 0o600)
	if err != nil {
		return err
	}
	s.wantOwn("file_xattr", is("file.path", path), has("file.xattr.name", "security.capability"))
	value := make([]byte, 20) // version 2, no capabilities
	binary.LittleEndian.PutUint32(value, 0x02000000)
	return unix.Setxattr(path, "security.capability", value, 0)
}

// openDevice reads the first kilobyte of a block device: of the disk of the
// host when it is there, else of a loop device or RAM disk by a node of ours.
func openDevice(s *stage) error {
	path := s.path("looks-like-a-file")
	for _, number := range devices() {
		if err := unix.Mknod(path, unix.S_IFBLK|0o600, int(number)); err != nil {
			return fmt.Errorf("make a node of a device: %w", err)
		}
		s.wants = nil
		s.wantOwn("device_open", is("file.path", path), is("file.type", "device"))
		f, err := os.Open(path)
		if err == nil {
			_, err = f.Read(make([]byte, 1024))
			err = errors.Join(ignoreEOF(err), f.Close())
		}
		if err == nil {
			return nil
		}
		if err := os.Remove(path); err != nil {
			return err
		}
	}
	s.wants = nil
	return skipped("no block device of this host can be opened here")
}

func ignoreEOF(err error) error {
	if err != nil && err.Error() == "EOF" {
		return nil
	}
	return err
}

// devices lists the numbers of block devices: those that the kernel names, then
// an unbound loop device and a RAM disk.
func devices() []uint64 {
	var out []uint64
	names, _ := filepath.Glob("/sys/class/block/*/dev") // the pattern is right
	for _, name := range names {
		text, err := os.ReadFile(name)
		major, minor, ok := strings.Cut(strings.TrimSpace(string(text)), ":")
		a, errA := strconv.ParseUint(major, 10, 32)
		b, errB := strconv.ParseUint(minor, 10, 32)
		if err == nil && ok && errA == nil && errB == nil && a != 7 && a != 1 && a != 11 {
			out = append(out, unix.Mkdev(uint32(a), uint32(b)))
		}
	}
	return append(out, unix.Mkdev(7, 7), unix.Mkdev(1, 7))
}

// writeHeader drops files whose first bytes and entropy are known.
func writeHeader(s *stage) error {
	low := bytes.Repeat([]byte("ab"), 4096)
	high := append([]byte{0x1f, 0x8b, 8, 0}, noise(16384, s.token)...)
	for name, text := range map[string][]byte{"low.txt": low, "high.gz": high} {
		for _, f := range []Fact{
			is("file.size", number(len(text))), has("file.header_bytes", hex.EncodeToString(text[:4])),
			{Field: "file.entropy", Text: strconv.FormatFloat(entropy(text), 'f', 4, 64), Near: 0.01},
		} {
			s.wantOwn("file_write", is("file.path", s.path(name)), f)
			s.orElse("file_hash", is("file.path", s.path(name)), f)
		}
		if _, err := s.put(name, text, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// entropy returns the bits that a byte of text holds.
func entropy(text []byte) float64 {
	var count [256]int
	for _, b := range text {
		count[b]++
	}
	sum := 0.0
	for _, n := range count {
		if n > 0 {
			p := float64(n) / float64(len(text))
			sum -= p * math.Log2(p)
		}
	}
	return sum
}

// noise returns bytes that look random and are the same for the same seed.
func noise(n int, seed string) []byte {
	var out []byte
	for i := 0; len(out) < n; i++ {
		sum := sha256.Sum256([]byte(seed + strconv.Itoa(i)))
		out = append(out, sum[:]...)
	}
	return out[:n]
}

// tiny is a static program that ends at once, with bytes behind it that make it
// differ from all others.
func tiny(seed string) []byte {
	le := binary.LittleEndian
	machine := uint16(62)
	text := []byte{0x31, 0xff, 0xb8, 60, 0, 0, 0, 0x0f, 0x05} // xor edi, edi; mov eax, 60; syscall
	if runtime.GOARCH == "arm64" {
		machine, text = 183, nil
		for _, op := range []uint32{0xd2800000, 0xd2800ba8, 0xd4000001} { // mov x0, 0; mov x8, 93; svc 0
			text = le.AppendUint32(text, op)
		}
	}
	const base, head = 0x400000, 64 + 56
	b := []byte{0x7f, 'E', 'L', 'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0}
	b = le.AppendUint16(b, 2)
	b = le.AppendUint16(b, machine)
	b = le.AppendUint32(b, 1)
	b = le.AppendUint64(b, base+head)
	b = le.AppendUint64(b, 64)
	b = le.AppendUint64(b, 0)
	b = le.AppendUint32(b, 0)
	for _, n := range []uint16{64, 56, 1, 0, 0, 0} {
		b = le.AppendUint16(b, n)
	}
	b = le.AppendUint32(b, 1)
	b = le.AppendUint32(b, 5)
	for _, n := range []uint64{0, base, base, head + uint64(len(text)), head + uint64(len(text)), 0x1000} {
		b = le.AppendUint64(b, n)
	}
	return append(append(b, text...), noise(4096, seed)...)
}

// digests are what the fields below name must hold for text.
func digests(name string, text []byte) []Fact {
	m, a, b := md5.Sum(text), sha1.Sum(text), sha256.Sum256(text)
	fuzzy, _ := tlsh.Sum(text) // noise always has one
	return []Fact{
		is(name+".hash.md5", hex.EncodeToString(m[:])), is(name+".hash.sha1", hex.EncodeToString(a[:])),
		is(name+".hash.sha256", hex.EncodeToString(b[:])), is(name+".hash.tlsh", fuzzy.String()),
	}
}

// executeFile executes a program that nobody has seen before.
func executeFile(s *stage) error {
	text := tiny(s.token)
	path, err := s.put("tiny", text, 0o755)
	if err != nil {
		return err
	}
	late := digests("file", text)
	for i, f := range digests("process", text) {
		s.want("process_start", is("process.executable", path), f)
		s.orElse("file_hash", is("file.path", path), late[i])
	}
	if err := exec.Command(path).Run(); err != nil {
		return fmt.Errorf("execute a program of our own: %w", err)
	}
	return nil
}

// dropFile writes a file that nobody has seen before.
func dropFile(s *stage) error {
	text := noise(8192, s.token+"dropped")
	for _, f := range digests("file", text) {
		s.wantAny([]string{"file_write", "file_create", "file_hash"}, is("file.path", s.path("dropped.bin")), f)
	}
	_, err := s.put("dropped.bin", text, 0o600)
	return err
}
