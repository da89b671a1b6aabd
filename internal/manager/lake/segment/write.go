package segment

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"os"
	"path/filepath"

	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"github.com/vedette-edr/vedette/internal/event"
)

// GroupRows is about how many rows a row group holds, at most half more: enough
// to compress well, few enough that reading one column of it costs little.
const GroupRows = 32768

// source is what a file is made of, column by column.
type source interface {
	// column returns a column of each part, nil where no row has a value.
	column(id event.FieldID) ([]*Column, error)
}

// Writer makes files. It keeps its buffers from one to the next and belongs to
// one goroutine at a time.
type Writer struct {
	shapes []shape
	quick  *encoder // for what is merged later
	small  *encoder // for what stays
}

// NewWriter returns a writer.
func NewWriter() (*Writer, error) {
	quick, err := newEncoder(zstd.SpeedFastest)
	if err != nil {
		return nil, err
	}
	small, err := newEncoder(zstd.SpeedDefault)
	if err != nil {
		return nil, err
	}
	return &Writer{shapes: shapes(), quick: quick, small: small}, nil
}

// tableSource is a table as the only part of a file.
type tableSource []*Column

func (t tableSource) column(id event.FieldID) ([]*Column, error) { return t[id : id+1], nil }

// Write sorts the events of a table and writes them to a new file in dir. The
// file and its name in the directory are on disk when Write returns.
func (w *Writer) Write(ctx context.Context, dir, name string, t *Table) (Info, error) {
	g := t.View()
	if g.rows == 0 {
		return Info{}, fmt.Errorf("write segment %s: no rows", name)
	}
	m := g.memory
	rows := order([]keys{{m[event.FieldAgentId], m[event.FieldTimestamp], m[event.FieldAgentEpoch], m[event.FieldEventSequence]}})
	f := &file{shapes: w.shapes, bounds: groupBounds(len(rows)), info: infoOf(name, rows, t.span)}
	if err := f.encode(ctx, tableSource(m), rows, w.quick); err != nil {
		return Info{}, fmt.Errorf("write segment %s: %w", name, err)
	}
	return f.put(dir)
}

func infoOf(name string, rows []row, s span) Info {
	return Info{Name: name, Rows: int64(len(rows)), MinTime: s.minTime, MaxTime: s.maxTime, MinIngested: s.minIngested, MaxIngested: s.maxIngested}
}

// put saves the file in dir under its name.
func (f *file) put(dir string) (Info, error) {
	path := filepath.Join(dir, f.info.File())
	if err := f.save(path + ".tmp"); err != nil {
		return Info{}, errors.Join(fmt.Errorf("write segment %s: %w", path, err), ignoreMissing(os.Remove(path+".tmp")))
	}
	if err := os.Rename(path+".tmp", path); err != nil {
		return Info{}, fmt.Errorf("write segment: %w", err)
	}
	if err := syncDir(dir); err != nil {
		return Info{}, fmt.Errorf("write segment %s: %w", path, err)
	}
	return f.info, nil
}

func ignoreMissing(err error) error {
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// groupBounds cuts rows into groups of one size; it returns their ends.
func groupBounds(rows int) []int {
	n := max(1, (rows+GroupRows/2)/GroupRows)
	var out []int
	for i := range n {
		out = append(out, rows*(i+1)/n)
	}
	return out
}

// file is a file that is being made: its columns are encoded one after the
// other, each for all row groups, so that only one is held in full.
type file struct {
	info   Info
	shapes []shape
	bounds []int
	chunks [][]chunk // by group and column
	at     int64
	sum    hash.Hash32 // of what was written since it was made
	out    *bufio.Writer
}

func (f *file) encode(ctx context.Context, src source, rows []row, e *encoder) error {
	defer e.rest()
	f.chunks = make([][]chunk, len(f.bounds))
	for i := range f.shapes {
		if err := ctx.Err(); err != nil {
			return err
		}
		s := &f.shapes[i]
		parts, err := src.column(s.ID)
		if err != nil {
			return err
		}
		start := 0
		for g, end := range f.bounds {
			c, err := e.chunk(s, parts, rows[start:end])
			if err != nil {
				return err
			}
			f.chunks[g], start = append(f.chunks[g], c), end
		}
	}
	return nil
}

// save writes the file and syncs it.
func (f *file) save(path string) (err error) {
	to, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o640)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	f.out = bufio.NewWriterSize(to, 256<<10)
	if err := f.write([]byte("PAR1")); err != nil {
		return err
	}
	groups, err := f.pages()
	if err != nil {
		return err
	}
	f.info.TailAt, f.sum = f.at, crc32.New(castagnoli)
	if err := f.filters(groups); err != nil {
		return err
	}
	if err := f.footer(groups); err != nil {
		return err
	}
	f.info.Bytes, f.info.TailSum = f.at, f.sum.Sum32()
	if err := f.out.Flush(); err != nil {
		return err
	}
	return to.Sync()
}

func (f *file) write(b []byte) error {
	n, err := f.out.Write(b)
	f.at += int64(n)
	if f.sum != nil {
		f.sum.Write(b)
	}
	return err
}

// pages writes the pages of all groups and returns what the footer says of them.
func (f *file) pages() ([]format.RowGroup, error) {
	var out []format.RowGroup
	start := 0
	for n, chunks := range f.chunks {
		g := format.RowGroup{NumRows: int64(f.bounds[n] - start), FileOffset: f.at, Ordinal: int16(n), SortingColumns: sorting(f.shapes)}
		for i := range chunks {
			c := &chunks[i]
			m := f.describe(&f.shapes[i], c)
			if c.dictionary != nil {
				m.DictionaryPageOffset = f.at
			}
			m.DataPageOffset = f.at + int64(len(c.dictionary))
			if err := errors.Join(f.write(c.dictionary), f.write(c.data)); err != nil {
				return nil, err
			}
			g.TotalByteSize += m.TotalUncompressedSize
			g.TotalCompressedSize += m.TotalCompressedSize
			g.Columns = append(g.Columns, format.ColumnChunk{MetaData: m})
		}
		out, start = append(out, g), f.bounds[n]
	}
	return out, nil
}

// describe makes what the footer says of a chunk, but its place.
func (f *file) describe(s *shape, c *chunk) format.ColumnMetaData {
	m := format.ColumnMetaData{
		Type: s.physical(), Encoding: []format.Encoding{format.RLE, c.encoding}, PathInSchema: s.path(), Codec: format.Zstd, NumValues: int64(c.values),
		TotalUncompressedSize: c.plain, TotalCompressedSize: int64(len(c.dictionary) + len(c.data)),
		Statistics: format.Statistics{NullCount: int64(c.nulls), MinValue: c.low, MaxValue: c.high},
	}
	if c.dictionary != nil {
		m.Encoding = append(m.Encoding, format.Plain)
	}
	return m
}

// filters writes the bloom filters, behind the pages of all groups.
func (f *file) filters(groups []format.RowGroup) error {
	var header bytes.Buffer
	encoder := thrift.NewEncoder(new(thrift.CompactProtocol).NewWriter(&header))
	for n, chunks := range f.chunks {
		for i := range chunks {
			bits := chunks[i].bloom.Bytes()
			if len(bits) == 0 {
				continue
			}
			header.Reset()
			h := format.BloomFilterHeader{NumBytes: int32(len(bits)), Algorithm: format.BloomFilterAlgorithm{Value: &format.SplitBlockAlgorithm{}},
				Hash: format.BloomFilterHash{Value: &format.XxHash{}}, Compression: format.BloomFilterCompression{Value: &format.BloomFilterUncompressed{}}}
			if err := encoder.Encode(&h); err != nil {
				return fmt.Errorf("encode bloom filter: %w", err)
			}
			m := &groups[n].Columns[i].MetaData
			m.BloomFilterOffset, m.BloomFilterLength = f.at, int32(header.Len()+len(bits))
			if err := errors.Join(f.write(header.Bytes()), f.write(bits)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (f *file) footer(groups []format.RowGroup) error {
	orders := make([]format.ColumnOrder, len(f.shapes))
	for i := range orders {
		orders[i].Value = &format.TypeDefinedOrder{}
	}
	text, err := thrift.Marshal(new(thrift.CompactProtocol), &format.FileMetaData{
		Version: 2, Schema: elements(f.shapes), NumRows: f.info.Rows, RowGroups: groups, CreatedBy: "vedette", ColumnOrders: orders})
	if err != nil {
		return fmt.Errorf("encode footer: %w", err)
	}
	size := binary.LittleEndian.AppendUint32(nil, uint32(len(text)))
	return errors.Join(f.write(text), f.write(size), f.write([]byte("PAR1")))
}
