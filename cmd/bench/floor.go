// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"sync/atomic"

	"github.com/parquet-go/parquet-go"
	"github.com/throng-dp/throng/cmd/bench/workload"
	"golang.org/x/sync/errgroup"
)

// seen keeps the compiler from leaving out what has no use.
var seen atomic.Int64

// floor decodes the workload's columns page by page and does nothing: what any
// Go engine pays at least that reads them through the same library.
func floor(ctx context.Context, args []string) error {
	f := flag.NewFlagSet("floor", flag.ExitOnError)
	name := f.String("plan", "w50", "the workload `NAME`, whose columns are decoded")
	workers := f.Int("workers", runtime.NumCPU(), "`N` goroutines")
	dir, err := folder(f, args)
	if err != nil {
		return err
	}
	names, err := filepath.Glob(filepath.Join(dir, "events", "*", "*.parquet"))
	if err != nil || len(names) == 0 {
		return fmt.Errorf("%s holds no events", dir)
	}
	runtime.GOMAXPROCS(*workers)
	columns := workload.Columns(*name)
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(*workers)
	var rows int64
	for _, name := range names {
		file, err := openParquet(name)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		rows += file.NumRows()
		for _, group := range file.RowGroups() {
			g.Go(func() error {
				if err := ctx.Err(); err != nil {
					return err
				}
				return decode(file.Schema(), group, columns)
			})
		}
	}
	if err := g.Wait(); err != nil {
		return err
	}
	return tell(told{Rows: rows})
}

// openParquet leaves the file open until the process ends.
func openParquet(name string) (*parquet.File, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	return parquet.OpenFile(f, info.Size(), parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true), parquet.ReadBufferSize(1<<18))
}

func decode(schema *parquet.Schema, group parquet.RowGroup, columns []string) error {
	for _, name := range columns {
		leaf, ok := schema.Lookup(name)
		if !ok {
			return fmt.Errorf("no column %s", name)
		}
		if err := decodeChunk(group.ColumnChunks()[leaf.ColumnIndex]); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

func decodeChunk(chunk parquet.ColumnChunk) (err error) {
	pages := chunk.Pages()
	defer func() { err = errors.Join(err, pages.Close()) }()
	for {
		page, err := pages.ReadPage()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		data := page.Data() // dictionary pages: indexes; plain ones: values
		seen.Add(data.Size())
		parquet.Release(page)
	}
}
