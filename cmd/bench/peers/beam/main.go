// SPDX-License-Identifier: Apache-2.0

// Command beam counts people by segment and region with Google's Privacy on
// Beam, for `bench peers`. It is a module of its own: what it needs has no
// business in Throng's.
//
//	beam --in members.csv --public partitions.csv --out FILE [--runner prism]
package main

import (
	"context"
	"encoding/csv"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"strings"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/io/textio"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/register"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/x/beamx"
	"github.com/google/differential-privacy/privacy-on-beam/v3/pbeam"
)

func init() {
	register.Function1x2(member)
	register.Function2x1(line)
}

func main() {
	in := flag.String("in", "", "`FILE` of user, segment, region")
	public := flag.String("public", "", "`FILE` of segment, region")
	out := flag.String("out", "", "`FILE` of segment, region, people that is written")
	epsilon := flag.Float64("epsilon", 1, "of the whole")
	delta := flag.Float64("delta", 1e-8, "of the whole")
	segments := flag.Int64("segments", 50, "that one person is counted in, at most")
	flag.Parse()
	beam.Init()
	slog.SetLogLoggerLevel(slog.LevelWarn)
	if err := count(context.Background(), *in, *public, *out, *epsilon, *delta, *segments); err != nil {
		fmt.Fprintln(os.Stderr, "beam:", err)
		os.Exit(1)
	}
}

func count(ctx context.Context, in, public, out string, epsilon, delta float64, segments int64) error {
	partitions, err := read(public)
	if err != nil {
		return err
	}
	spec, err := pbeam.NewPrivacySpec(pbeam.PrivacySpecParams{AggregationEpsilon: epsilon, AggregationDelta: delta})
	if err != nil {
		return err
	}
	p, s := beam.NewPipelineWithRoot()
	members := beam.ParDo(s, member, textio.Read(s, in))
	counts := pbeam.DistinctPrivacyID(s, pbeam.MakePrivate(s, members, spec), pbeam.DistinctPrivacyIDParams{
		MaxPartitionsContributed: segments,
		NoiseKind:                pbeam.GaussianNoise{},
		PublicPartitions:         partitions,
	})
	textio.Write(s, out, beam.ParDo(s, line, counts))
	return beamx.Run(ctx, p)
}

// member splits a row into a person and a partition: "segment,region".
func member(row string) (string, string) {
	person, partition, _ := strings.Cut(row, ",")
	return person, partition
}

func line(partition string, people int64) string {
	return fmt.Sprintf("%s,%d", partition, people)
}

func read(name string) ([]string, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return nil, err
	}
	var partitions []string
	for _, r := range rows {
		partitions = append(partitions, strings.Join(r, ","))
	}
	return partitions, nil
}
