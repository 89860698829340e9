// SPDX-License-Identifier: Apache-2.0

package event

import (
	"bytes"
	"compress/gzip"
	"io"
	"sync"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// Codecs of the format, by number.
var codecNames = []string{"UNCOMPRESSED", "SNAPPY", "GZIP", "LZO", "BROTLI", "LZ4", "ZSTD", "LZ4_RAW"}

const (
	codecNone   = 0
	codecSnappy = 1
	codecGzip   = 2
	codecBrotli = 4
	codecZstd   = 6
	codecLZ4Raw = 7
)

// padding is what bit unpacking may read beyond the end of a page.
const padding = 64

// grow returns a buffer of n bytes, of b's memory if that suffices, with
// padding behind it.
func grow(b []byte, n int) []byte {
	if cap(b) < n+padding {
		b = make([]byte, n+padding)
	}
	return b[:n]
}

var errSize = damaged("a page does not unpack to its size")

// unpack decompresses src into exactly the memory of dst, behind which there is
// padding. No codec is given more than that: what a page claims was judged before it was allocated, and a
// page that holds more than it claims, or less, is damaged.
func unpack(codec int32, dst, src []byte) error {
	switch codec {
	case codecNone:
		if len(src) != len(dst) {
			return errSize
		}
		copy(dst, src)
		return nil
	case codecSnappy:
		return unpackSnappy(dst, src)
	case codecGzip:
		r, err := gzip.NewReader(bytes.NewReader(src))
		if err != nil {
			return errSize
		}
		return readExactly(dst, r)
	case codecBrotli:
		return readExactly(dst, brotli.NewReader(bytes.NewReader(src)))
	case codecZstd:
		return unpackZstd(dst, src)
	case codecLZ4Raw:
		// LZ4 needs room to know that a block is too large for it.
		n, err := lz4.UncompressBlock(src, dst)
		if err != nil || n != len(dst) {
			return errSize
		}
		return nil
	}
	return unknownCodec(codec)
}

// unknownCodec names the codec. LZ4 is the form that the format gave up: writers
// differed in how they frame its blocks, and lz4_raw came in its place.
func unknownCodec(codec int32) error {
	how := "in a way"
	if codec >= 0 && int(codec) < len(codecNames) {
		how = "with " + codecNames[codec]
	}
	return unsupported("a column is compressed "+how+", which is not supported", "write it with zstd, snappy, gzip, brotli or lz4_raw")
}

func unpackSnappy(dst, src []byte) error {
	n, err := snappy.DecodedLen(src)
	if err != nil || n != len(dst) {
		return errSize
	}
	out, err := snappy.Decode(dst, src)
	if err != nil || len(out) != len(dst) {
		return errSize
	}
	if n > 0 && &out[0] != &dst[0] {
		copy(dst, out)
	}
	return nil
}

func readExactly(dst []byte, r io.Reader) error {
	if _, err := io.ReadFull(r, dst); err != nil {
		return errSize
	}
	var more [1]byte
	if n, err := r.Read(more[:]); n != 0 || err != nil && err != io.EOF {
		return errSize
	}
	return nil
}

// zstdDecoders are used by one goroutine each, and never start any.
var zstdDecoders = sync.Pool{New: func() any {
	d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecodeAllCapLimit(true), zstd.WithDecoderMaxWindow(1<<31))
	if err != nil {
		panic(err) // the options are constants
	}
	return d
}}

func unpackZstd(dst, src []byte) error {
	d := zstdDecoders.Get().(*zstd.Decoder)
	// With room behind the end the decoder copies by whole words.
	out, err := d.DecodeAll(src, dst[:0:min(cap(dst), len(dst)+padding)])
	if err != nil || len(out) != len(dst) {
		return errSize // the decoder is dropped: nobody knows what state it is in
	}
	zstdDecoders.Put(d)
	if len(out) > 0 && &out[0] != &dst[0] {
		copy(dst, out)
	}
	return nil
}
