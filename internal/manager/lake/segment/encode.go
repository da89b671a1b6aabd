package segment

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"hash/maphash"
	"math/bits"
	"slices"

	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/bloom"
	"github.com/parquet-go/parquet-go/encoding/delta"
	"github.com/parquet-go/parquet-go/encoding/rle"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"github.com/vedette-edr/vedette/internal/event"
)

// chunk is one column of one row group, encoded: a dictionary page where it
// has one and a data page.
type chunk struct {
	encoding   format.Encoding
	dictionary []byte // page with its header, nil when there is none
	data       []byte // page with its header
	plain      int64  // bytes of both before compression
	values     int    // nulls and elements
	nulls      int
	low, high  []byte // least and greatest value, nil when not kept
	bloom      bloom.SplitBlockFilter
}

// encoder makes chunks. It keeps its buffers from one to the next and belongs
// to one goroutine.
type encoder struct {
	zstd    *zstd.Encoder
	seed    maphash.Seed
	dict    dictionary
	numbers numbers
	remap   [][]int32 // by part: code of the part -> code of the chunk, -1 not yet
	texts   []string  // of the chunk, by code
	codes   []int32
	nums    []int64
	rep     []byte // repetition levels
	def     []byte // definition levels
	repeats []byte // repetition levels, encoded
	levels  []byte // definition levels, encoded
	raw     []byte
	packed  []byte
	header  bytes.Buffer
	thrift  *thrift.Encoder
}

func newEncoder(level zstd.EncoderLevel) (*encoder, error) {
	z, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(level), zstd.WithEncoderConcurrency(1), zstd.WithEncoderCRC(false), zstd.WithWindowSize(1<<20), zstd.WithLowerEncoderMem(true))
	if err != nil {
		return nil, fmt.Errorf("make zstd encoder: %w", err)
	}
	e := &encoder{zstd: z, seed: maphash.MakeSeed()}
	e.thrift = thrift.NewEncoder(new(thrift.CompactProtocol).NewWriter(&e.header))
	return e, nil
}

// chunk encodes the rows of a column, given by its parts; a nil part has no
// values.
func (e *encoder) chunk(s *shape, parts []*Column, rows []row) (chunk, error) {
	if !slices.ContainsFunc(parts, func(c *Column) bool { return c != nil }) {
		return e.emptyChunk(s, len(rows))
	}
	e.rep, e.def, e.codes, e.nums = e.rep[:0], e.def[:0], e.codes[:0], e.nums[:0]
	if textual(s.Type) {
		return e.textChunk(s, parts, rows)
	}
	for _, r := range rows {
		c := parts[r.part]
		if c == nil || !s.required && !c.has(int(r.row)) {
			e.def = append(e.def, 0)
			continue
		}
		e.def = append(e.def, 1)
		e.nums = append(e.nums, c.Nums[r.row])
	}
	return e.numberChunk(s)
}

// emptyChunk encodes a column in which no row has a value.
func (e *encoder) emptyChunk(s *shape, rows int) (chunk, error) {
	e.levels = append(binary.AppendUvarint(e.levels[:0], uint64(rows)<<1), 0) // one run of level 0
	e.repeats, e.raw = e.repeats[:0], e.raw[:0]
	if s.Type == event.Strings {
		e.repeats = append(e.repeats, e.levels...)
	}
	c := chunk{encoding: format.Plain, values: rows, nulls: rows}
	return c, e.page(&c, rows)
}

// textChunk gathers texts, gives them codes in the order of the rows and
// encodes them.
func (e *encoder) textChunk(s *shape, parts []*Column, rows []row) (chunk, error) {
	e.startTexts(parts)
	for _, r := range rows {
		c := parts[r.part]
		switch {
		case c == nil:
			e.absent(s)
		case c.Ends != nil:
			e.list(s, c, r)
		case c.Codes[r.row] < 0:
			e.absent(s)
		default:
			e.codes = append(e.codes, e.code(c, r.part, c.Codes[r.row]))
			e.def = append(e.def, 1)
		}
	}
	c := chunk{encoding: format.RLEDictionary, values: len(e.def), nulls: len(e.def) - len(e.codes)}
	if len(e.texts) > 0 {
		e.raw = e.raw[:0]
		for _, t := range e.texts {
			e.raw = binary.LittleEndian.AppendUint32(e.raw, uint32(len(t)))
			e.raw = append(e.raw, t...)
		}
		if err := e.dictionaryPage(&c, len(e.texts)); err != nil {
			return c, err
		}
		e.filter(s, &c)
		e.textBounds(s, &c)
	}
	return c, e.codePage(s, &c, len(rows))
}

func (e *encoder) absent(s *shape) {
	e.def = append(e.def, 0)
	if s.Type == event.Strings {
		e.rep = append(e.rep, 0)
	}
}

func (e *encoder) list(s *shape, c *Column, r row) {
	elements := c.Elements(int(r.row))
	if len(elements) == 0 {
		e.absent(s)
		return
	}
	for i, code := range elements {
		e.codes = append(e.codes, e.code(c, r.part, code))
		e.def = append(e.def, 2)
		e.rep = append(e.rep, uint8(min(i, 1)))
	}
}

// startTexts forgets the dictionary of the chunk before.
func (e *encoder) startTexts(parts []*Column) {
	clear(e.texts)
	e.texts = e.texts[:0]
	e.dict.reset()
	for len(e.remap) < len(parts) {
		e.remap = append(e.remap, nil)
	}
	for i, c := range parts {
		if c == nil {
			continue
		}
		e.remap[i] = append(e.remap[i][:0], make([]int32, len(c.Texts))...)
		for k := range e.remap[i] {
			e.remap[i][k] = -1
		}
	}
	if len(parts) == 1 {
		e.dict.slots = nil // texts of one part differ: nothing is looked up
	} else if e.dict.slots == nil {
		e.dict.grow(e.seed)
	}
}

// code returns the code that a text of a part has in the chunk.
func (e *encoder) code(c *Column, part, code int32) int32 {
	if to := e.remap[part][code]; to >= 0 {
		return to
	}
	text, to := c.Texts[code], int32(len(e.texts))
	if e.dict.slots != nil {
		h := maphash.String(e.seed, text)
		known, at := e.dict.lookup(h, text)
		if known < 0 {
			known = e.dict.add(e.seed, h, text, at)
		}
		to = known
	}
	if int(to) == len(e.texts) {
		e.texts = append(e.texts, text)
	}
	e.remap[part][code] = to
	return to
}

// filter makes the bloom filter of a chunk.
func (e *encoder) filter(s *shape, c *chunk) {
	if s.Column != event.Bloom {
		return
	}
	c.bloom = make(bloom.SplitBlockFilter, bloom.NumSplitBlocksOf(int64(len(e.texts)), bloomBits))
	for _, t := range e.texts {
		c.bloom.Insert(bloom.XXH64{}.Sum64(bytesOf(t)))
	}
}

// bloomBits is the size of a filter for each distinct value.
const bloomBits = 10

func (e *encoder) textBounds(s *shape, c *chunk) {
	if !s.bounded() {
		return
	}
	low, high := e.texts[0], e.texts[0]
	for _, t := range e.texts {
		low, high = min(low, t), max(high, t)
	}
	c.low, c.high = []byte(low), []byte(high)
}

// numberChunk encodes e.nums.
func (e *encoder) numberChunk(s *shape) (chunk, error) {
	c := chunk{values: len(e.def), nulls: len(e.def) - len(e.nums)}
	if s.bounded() && len(e.nums) > 0 {
		low, high := e.nums[0], e.nums[0]
		for _, n := range e.nums {
			low, high = min(low, n), max(high, n)
		}
		c.low, c.high = binary.LittleEndian.AppendUint64(nil, uint64(low)), binary.LittleEndian.AppendUint64(nil, uint64(high))
	}
	rows, err := len(e.def), error(nil)
	switch {
	case s.Type == event.Bool:
		c.encoding, e.raw = format.Plain, packBools(e.raw[:0], e.nums)
	case s.Type == event.Float:
		c.encoding, e.raw = format.Plain, packNumbers(e.raw[:0], e.nums)
	case s.Column != event.Delta && e.fewNumbers():
		c.encoding, e.raw = format.RLEDictionary, packNumbers(e.raw[:0], e.numbers.values)
		if err := e.dictionaryPage(&c, len(e.numbers.values)); err != nil {
			return c, err
		}
		return c, e.codePage(s, &c, rows)
	default:
		c.encoding = format.DeltaBinaryPacked
		e.raw, err = new(delta.BinaryPackedEncoding).EncodeInt64(e.raw[:0], e.nums)
	}
	if err != nil {
		return c, fmt.Errorf("encode column %s: %w", s.Name, err)
	}
	return c, e.dataPage(s, &c, rows)
}

// fewNumbers gives the numbers codes and reports whether so few of them differ
// that codes are smaller.
func (e *encoder) fewNumbers() bool {
	e.numbers.reset()
	most := len(e.nums)/4 + 1
	var last int64
	var code uint32
	for i, n := range e.nums {
		if i == 0 || n != last {
			last, code = n, e.numbers.code(n)
			if len(e.numbers.values) > most {
				return false
			}
		}
		e.codes = append(e.codes, int32(code))
	}
	return len(e.nums) > 0
}

func packNumbers(dst []byte, nums []int64) []byte {
	for _, n := range nums {
		dst = binary.LittleEndian.AppendUint64(dst, uint64(n))
	}
	return dst
}

func packBools(dst []byte, nums []int64) []byte {
	for i, n := range nums {
		if i%8 == 0 {
			dst = append(dst, 0)
		}
		dst[len(dst)-1] |= byte(n&1) << (i % 8)
	}
	return dst
}

// dictionaryPage encodes e.raw as the dictionary of a chunk.
func (e *encoder) dictionaryPage(c *chunk, n int) error {
	e.packed = e.zstd.EncodeAll(e.raw, e.packed[:0])
	h := format.PageHeader{Type: format.DictionaryPage, UncompressedPageSize: int32(len(e.raw)), CompressedPageSize: int32(len(e.packed)), CRC: int32(crc32.ChecksumIEEE(e.packed)),
		DictionaryPageHeader: thrift.New(format.DictionaryPageHeader{NumValues: int32(n), Encoding: format.Plain})}
	head, err := e.head(&h)
	if err != nil {
		return err
	}
	c.plain += int64(len(head) + len(e.raw))
	c.dictionary = slices.Concat(head, e.packed)
	return nil
}

// codePage encodes e.codes as the data page of a chunk.
func (e *encoder) codePage(s *shape, c *chunk, rows int) error {
	width := 0
	for _, code := range e.codes {
		width = max(width, bits.Len32(uint32(code)))
	}
	var err error
	if e.raw, err = (&rle.Encoding{BitWidth: width}).EncodeInt32(e.raw[:0], e.codes); err != nil {
		return fmt.Errorf("encode column %s: %w", s.Name, err)
	}
	e.raw = append(e.raw, 0)
	copy(e.raw[1:], e.raw)
	e.raw[0] = byte(width)
	return e.dataPage(s, c, rows)
}

// dataPage encodes the levels and e.raw as the data page of a chunk.
func (e *encoder) dataPage(s *shape, c *chunk, rows int) error {
	if c.nulls == c.values { // no values, no encoding
		c.encoding, e.raw = format.Plain, e.raw[:0]
	}
	e.repeats, e.levels = e.repeats[:0], e.levels[:0]
	var err error
	if len(e.rep) > 0 {
		if e.repeats, err = (&rle.Encoding{BitWidth: 1}).EncodeLevels(e.repeats, e.rep); err != nil {
			return fmt.Errorf("encode column %s: %w", s.Name, err)
		}
	}
	if m := s.maxDefinition(); m > 0 {
		if e.levels, err = (&rle.Encoding{BitWidth: bits.Len8(m)}).EncodeLevels(e.levels, e.def); err != nil {
			return fmt.Errorf("encode column %s: %w", s.Name, err)
		}
	}
	return e.page(c, rows)
}

// page makes the data page of a chunk from its encoded levels and e.raw. What
// does not become smaller is not compressed.
func (e *encoder) page(c *chunk, rows int) error {
	body := e.raw
	if len(e.raw) > 64 {
		if e.packed = e.zstd.EncodeAll(e.raw, e.packed[:0]); len(e.packed) < len(e.raw) {
			body = e.packed
		}
	}
	levels := len(e.repeats) + len(e.levels)
	sum := crc32.ChecksumIEEE(e.repeats)
	sum = crc32.Update(crc32.Update(sum, crc32.IEEETable, e.levels), crc32.IEEETable, body)
	h := format.PageHeader{Type: format.DataPageV2, UncompressedPageSize: int32(levels + len(e.raw)), CompressedPageSize: int32(levels + len(body)), CRC: int32(sum),
		DataPageHeaderV2: thrift.New(format.DataPageHeaderV2{
			NumValues: int32(c.values), NumNulls: int32(c.nulls), NumRows: int32(rows), Encoding: c.encoding,
			RepetitionLevelsByteLength: int32(len(e.repeats)), DefinitionLevelsByteLength: int32(len(e.levels)),
			IsCompressed: thrift.New(len(body) != len(e.raw)),
		})}
	head, err := e.head(&h)
	if err != nil {
		return err
	}
	c.plain += int64(len(head) + levels + len(e.raw))
	c.data = slices.Concat(head, e.repeats, e.levels, body)
	return nil
}

// rest lets go of the texts of the last chunk, and of buffers that an unusual
// one needed.
func (e *encoder) rest() {
	e.startTexts(nil)
	if cap(e.raw) > maxKept {
		e.raw, e.packed = nil, nil
	}
}

// maxKept is the largest buffer that is kept from one file to the next.
const maxKept = 8 << 20

// head encodes a page header; the result is good until the next.
func (e *encoder) head(h *format.PageHeader) ([]byte, error) {
	e.header.Reset()
	if err := e.thrift.Encode(h); err != nil {
		return nil, fmt.Errorf("encode page header: %w", err)
	}
	return e.header.Bytes(), nil
}
