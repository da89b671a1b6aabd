package kernel

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// ErrNoSymbol says that a file has no function of a name.
var ErrNoSymbol = errors.New("no such function")

// Bounds of what is read of an ELF file: it may be anybody's.
const (
	maxSections = 4096
	maxSegments = 256
	maxSymbols  = 16 << 20 // bytes of a table of symbols, and of its names
)

const (
	elfHead, elfSection, elfSegment, elfSymbol = 64, 64, 56, 24

	sectionSymbols, sectionDynamic = 2, 11
	symbolFunction                 = 2
	segmentLoad                    = 1
)

var errNoELF = errors.New("not a 64-bit little-endian ELF program or library")

type elfTable struct{ offset, size uint64 }

type elfLoad struct{ offset, address, size uint64 }

// symbolOffset returns where in an ELF file the function of a name begins, or
// ErrNoSymbol. It reads no more than the tables of symbols, within bounds.
func symbolOffset(r io.ReaderAt, name string) (uint64, error) {
	head, err := elfRead(r, elfTable{0, elfHead}, elfHead)
	if err != nil || !bytes.HasPrefix(head, []byte("\x7fELF\x02\x01\x01")) {
		return 0, errNoELF
	}
	le := binary.LittleEndian
	if t := le.Uint16(head[16:]); t != 2 && t != 3 {
		return 0, errNoELF
	}
	if le.Uint16(head[54:]) != elfSegment || le.Uint16(head[58:]) != elfSection {
		return 0, fmt.Errorf("%w with tables (it may be stripped of its sections)", errNoELF)
	}
	segments, err := elfTableOf(r, le.Uint64(head[32:]), le.Uint16(head[56:]), elfSegment, maxSegments)
	if err != nil {
		return 0, fmt.Errorf("read the segments: %w", err)
	}
	sections, err := elfTableOf(r, le.Uint64(head[40:]), le.Uint16(head[60:]), elfSection, maxSections)
	if err != nil {
		return 0, fmt.Errorf("read the sections: %w", err)
	}
	for _, kind := range []uint32{sectionDynamic, sectionSymbols} {
		address, err := findSymbol(r, sections, kind, name)
		if err == nil {
			return fileOffset(segments, address)
		}
		if !errors.Is(err, ErrNoSymbol) {
			return 0, err
		}
	}
	return 0, fmt.Errorf("%w: %s", ErrNoSymbol, name)
}

func elfTableOf(r io.ReaderAt, offset uint64, n uint16, each, most int) ([]byte, error) {
	if int(n) > most {
		return nil, fmt.Errorf("%d entries, at most %d are read", n, most)
	}
	return elfRead(r, elfTable{offset, uint64(n) * uint64(each)}, uint64(most*each))
}

func elfRead(r io.ReaderAt, t elfTable, most uint64) ([]byte, error) {
	if t.size > most || t.offset > 1<<40 {
		return nil, fmt.Errorf("%d bytes at %d, at most %d are read", t.size, t.offset, most)
	}
	var b bytes.Buffer // grows with what is there, not with what is claimed
	n, err := io.Copy(&b, io.NewSectionReader(r, int64(t.offset), int64(t.size)))
	if err != nil {
		return nil, err
	}
	if uint64(n) != t.size {
		return nil, io.ErrUnexpectedEOF
	}
	return b.Bytes(), nil
}

// findSymbol looks for the address of a function in the tables of a kind.
func findSymbol(r io.ReaderAt, sections []byte, kind uint32, name string) (uint64, error) {
	le := binary.LittleEndian
	for s := sections; len(s) >= elfSection; s = s[elfSection:] {
		if le.Uint32(s[4:]) != kind {
			continue
		}
		link := uint64(le.Uint32(s[40:])) * elfSection
		if link+elfSection > uint64(len(sections)) {
			return 0, errors.New("read the symbols: their names are in no section")
		}
		names := sections[link:]
		symbols, err := elfRead(r, elfTable{le.Uint64(s[24:]), le.Uint64(s[32:])}, maxSymbols)
		if err != nil {
			return 0, fmt.Errorf("read the symbols: %w", err)
		}
		text, err := elfRead(r, elfTable{le.Uint64(names[24:]), le.Uint64(names[32:])}, maxSymbols)
		if err != nil {
			return 0, fmt.Errorf("read the names of the symbols: %w", err)
		}
		for ; len(symbols) >= elfSymbol; symbols = symbols[elfSymbol:] {
			address := le.Uint64(symbols[8:])
			if symbols[4]&15 != symbolFunction || le.Uint16(symbols[6:]) == 0 || address == 0 {
				continue // not a function, or one of another file
			}
			if named(text, le.Uint32(symbols), name) {
				return address, nil
			}
		}
	}
	return 0, ErrNoSymbol
}

func named(text []byte, at uint32, name string) bool {
	if uint64(at) >= uint64(len(text)) {
		return false
	}
	rest, ok := bytes.CutPrefix(text[at:], []byte(name))
	return ok && len(rest) > 0 && rest[0] == 0
}

// fileOffset returns where in the file an address is.
func fileOffset(segments []byte, address uint64) (uint64, error) {
	le := binary.LittleEndian
	for s := segments; len(s) >= elfSegment; s = s[elfSegment:] {
		load := elfLoad{le.Uint64(s[8:]), le.Uint64(s[16:]), le.Uint64(s[32:])}
		executable := le.Uint32(s[4:])&1 != 0
		if le.Uint32(s) == segmentLoad && executable && address >= load.address && address-load.address < load.size {
			return address - load.address + load.offset, nil
		}
	}
	return 0, fmt.Errorf("the function at %#x is in no executable segment", address)
}
