package segment

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"

	"github.com/vedette-edr/vedette/internal/event"
)

// GroupRows is how many rows a row group holds: enough to compress well, few
// enough that reading one column of it costs little.
const GroupRows = 32768

// blockRows is how many rows are written column by column at a time: few, so
// that they stay in the processor's cache while each column picks its part.
const blockRows = 64

// rows is what a file is written from, in the order of the file.
type rows interface {
	len() int
	// values appends the values of one column for the rows from up to to.
	values(dst []parquet.Value, s *shape, from, to int) []parquet.Value
	// absent reports whether it is known without looking at each row that the
	// rows have no value in a column; from and to bound one block.
	absent(s *shape, from, to int) bool
	// span returns the least and greatest value of a time column.
	span(id event.FieldID) (low, high event.Time)
}

// Write sorts events and writes them to a new file in dir. The file and its
// name in the directory are on disk when Write returns.
func Write(dir, name string, events []*event.Event) (Info, error) {
	Sort(events)
	return write(dir, name, eventRows(events), zstd.SpeedFastest)
}

func write(dir, name string, r rows, level zstd.Level) (Info, error) {
	if r.len() == 0 {
		return Info{}, fmt.Errorf("write segment %s: no rows", name)
	}
	info := Info{Name: name, Rows: int64(r.len())}
	info.MinTime, info.MaxTime = r.span(event.FieldTimestamp)
	info.MinIngested, info.MaxIngested = r.span(event.FieldEventIngested)
	path := filepath.Join(dir, info.File())
	if err := writeFile(path+".tmp", r, level, &info); err != nil {
		return Info{}, errors.Join(fmt.Errorf("write segment %s: %w", path, err), ignoreMissing(os.Remove(path+".tmp")))
	}
	if err := os.Rename(path+".tmp", path); err != nil {
		return Info{}, fmt.Errorf("write segment: %w", err)
	}
	if err := syncDir(dir); err != nil {
		return Info{}, fmt.Errorf("write segment %s: %w", path, err)
	}
	return info, nil
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

func writeFile(path string, r rows, level zstd.Level, info *Info) (err error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o640)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := writeRows(f, r, level); err != nil {
		return err
	}
	st, err := f.Stat()
	if err != nil {
		return err
	}
	info.Bytes = st.Size()
	if info.TailAt, err = tailOf(f, info.Bytes); err != nil {
		return err
	}
	if info.TailSum, err = sumFrom(f, info.TailAt, info.Bytes); err != nil {
		return err
	}
	return f.Sync()
}

func writeRows(f *os.File, r rows, level zstd.Level) error {
	l := newLayout()
	options := []parquet.WriterOption{l.schema,
		parquet.Compression(&zstd.Codec{Level: level}),
		parquet.BloomFilters(blooms()...),
		parquet.DeferBloomFiltersWithBuffers(parquet.NewBufferPool()),
		parquet.CreatedBy("vedette", "", ""),
		parquet.MaxRowsPerRowGroup(GroupRows),
		parquet.SortingWriterConfig(parquet.SortingColumns(
			parquet.Ascending("agent.id"), parquet.Ascending("@timestamp"),
			parquet.Ascending("agent.epoch"), parquet.Ascending("event.sequence"))),
	}
	for i, path := range l.schema.Columns() {
		if !bounded(l.shapes[i].Field) {
			options = append(options, parquet.SkipPageBounds(path...))
		}
	}
	w := parquet.NewGenericWriter[any](f, options...)
	for from := 0; from < r.len(); from += GroupRows {
		to := min(from+GroupRows, r.len())
		if err := writeGroup(w.ColumnWriters(), l, r, from, to); err != nil {
			return err
		}
		if err := w.Flush(); err != nil {
			return err
		}
	}
	return w.Close()
}

func writeGroup(columns []*parquet.ColumnWriter, l layout, r rows, from, to int) error {
	var buf []parquet.Value
	for at := from; at < to; at += blockRows {
		end := min(at+blockRows, to)
		for i := range l.shapes {
			s := &l.shapes[i]
			if r.absent(s, at, end) {
				buf = append(buf[:0], s.nulls[:end-at]...)
			} else {
				buf = r.values(buf[:0], s, at, end)
			}
			if _, err := columns[s.leaf].WriteRowValues(buf); err != nil {
				return fmt.Errorf("column %s: %w", s.Name, err)
			}
		}
	}
	return nil
}

// tailOf returns where the pages of a file end.
func tailOf(f *os.File, size int64) (int64, error) {
	pf, err := parquet.OpenFile(f, size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return 0, err
	}
	var end int64
	for _, g := range pf.Metadata().RowGroups {
		for _, c := range g.Columns {
			m := &c.MetaData
			start := m.DataPageOffset
			if m.DictionaryPageOffset != 0 {
				start = min(start, m.DictionaryPageOffset)
			}
			end = max(end, start+m.TotalCompressedSize)
		}
	}
	return end, nil
}
