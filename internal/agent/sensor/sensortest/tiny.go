package sensortest

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
)

// Tiny writes a static program that does nothing but exit with a code, and
// returns its path. It is the quickest there is to execute.
func Tiny(t testing.TB, dir, name string, code byte) string {
	t.Helper()
	var text []byte
	machine := uint16(62)
	if runtime.GOARCH == "arm64" {
		machine = 183
		// mov x0, #code; mov x8, #93; svc #0
		text = binary.LittleEndian.AppendUint32(text, 0xd2800000|uint32(code)<<5)
		text = binary.LittleEndian.AppendUint32(text, 0xd2800ba8)
		text = binary.LittleEndian.AppendUint32(text, 0xd4000001)
	} else {
		// mov edi, code; mov eax, 60; syscall
		text = []byte{0xbf, code, 0, 0, 0, 0xb8, 60, 0, 0, 0, 0x0f, 0x05}
	}
	return program(t, dir, name, machine, text)
}

// Where a program of this file is loaded, and how long its head is.
const base, head = 0x400000, 64 + 56

// Compat writes a static program that makes a file and removes it with the
// system calls of 32-bit programs, as only an x86 kernel has them beside its
// own, and returns its path.
func Compat(t testing.TB, dir, name, file string) string {
	t.Helper()
	if runtime.GOARCH != "amd64" {
		t.Skip("SKIPPED: the 32-bit system calls of x86 are called")
	}
	const length = 43
	path := binary.LittleEndian.AppendUint32(nil, base+head+length)
	text := slices.Concat(
		[]byte{0xb8, 8, 0, 0, 0, 0xbb}, path, []byte{0xb9, 0x80, 1, 0, 0, 0xcd, 0x80}, // creat(file, 0600)
		[]byte{0xb8, 10, 0, 0, 0, 0xbb}, path, []byte{0xcd, 0x80}, // unlink(file)
		[]byte{0x89, 0xc3, 0xf7, 0xdb, 0xb8, 1, 0, 0, 0, 0xcd, 0x80, 0x90, 0x90, 0x90}, // exit(its error)
		[]byte(file), []byte{0},
	)
	return program(t, dir, name, 62, text)
}

// program writes a program for a machine whose text begins at its entry.
func program(t testing.TB, dir, name string, machine uint16, text []byte) string {
	t.Helper()
	le := binary.LittleEndian
	b := []byte{0x7f, 'E', 'L', 'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0}
	b = le.AppendUint16(b, 2) // executable
	b = le.AppendUint16(b, machine)
	b = le.AppendUint32(b, 1)
	b = le.AppendUint64(b, base+head) // entry
	b = le.AppendUint64(b, 64)        // program headers
	b = le.AppendUint64(b, 0)
	b = le.AppendUint32(b, 0)
	b = le.AppendUint16(b, 64)
	b = le.AppendUint16(b, 56)
	b = le.AppendUint16(b, 1) // one program header
	b = append(b, make([]byte, 6)...)
	b = le.AppendUint32(b, 1) // load
	b = le.AppendUint32(b, 5) // readable, executable
	for _, n := range []uint64{0, base, base, head + uint64(len(text)), head + uint64(len(text)), 0x1000} {
		b = le.AppendUint64(b, n)
	}
	file := filepath.Join(dir, name)
	if err := os.WriteFile(file, append(b, text...), 0o755); err != nil {
		t.Fatal(err)
	}
	return file
}
