// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestDockerfile: no daemon builds it here, so its words are held to what they must
// say: images of fixed versions, the build that `make release` does, nobody's
// rights, no shell.
func TestDockerfile(t *testing.T) {
	stages, script := dockerfile(t), read(t, "../../tools/ship/release.sh")
	if len(stages) != 2 {
		t.Fatalf("%d stages", len(stages))
	}
	goVersion := regexp.MustCompile(`(?m)^go (\S+)$`).FindStringSubmatch(read(t, "../../go.mod"))[1]
	for i, s := range stages {
		if image := s[0]; !regexp.MustCompile(`^FROM \S+/\S+:[a-z0-9][\w.-]*( AS \w+)?$`).MatchString(image) || strings.Contains(image, ":latest") {
			t.Errorf("%s: no fixed version", image)
		}
		if i == 0 && !strings.Contains(s[0], "golang:"+goVersion+"-") {
			t.Errorf("%s: go.mod says %s", s[0], goVersion)
		}
		for _, line := range s[1:] {
			word, _, _ := strings.Cut(line, " ")
			allowed := []string{"WORKDIR", "COPY", "ARG", "RUN"}
			if i == 1 {
				allowed = []string{"COPY", "USER", "WORKDIR", "ENTRYPOINT", "CMD"}
			}
			if !slices.Contains(allowed, word) {
				t.Errorf("stage %d: %s", i+1, line)
			}
		}
	}
	last := stages[1]
	if user := slices.IndexFunc(last, func(l string) bool { return regexp.MustCompile(`^USER [1-9]\d*:[1-9]\d*$`).MatchString(l) }); user < 0 {
		t.Error("it runs as root, or by a name that no image has to know")
	}
	for _, l := range last {
		if (strings.HasPrefix(l, "ENTRYPOINT") || strings.HasPrefix(l, "CMD")) && !strings.Contains(l, `["`) {
			t.Errorf("%s: needs a shell, and there is none", l)
		}
	}
	flags := regexp.MustCompile(`GO"? build (-trimpath -ldflags "[^"]+")`)
	want := strings.ReplaceAll(flags.FindStringSubmatch(script)[1], "${VERSION}", "$VERSION")
	build := slices.IndexFunc(stages[0], func(l string) bool { return strings.Contains(l, "CGO_ENABLED=0 go build "+want) })
	if build < 0 {
		t.Errorf("the image's program is not built with %s", want)
	}
	for _, kept := range []string{"go.mod", "go.sum", "LICENSE", "audience", "cmd", "dp"} {
		if !strings.Contains(read(t, "../../.dockerignore"), "\n!"+kept+"\n") {
			t.Errorf(".dockerignore leaves %s out", kept)
		}
	}
}

// dockerfile returns the instructions of each stage, comments left out.
func dockerfile(t *testing.T) (stages [][]string) {
	t.Helper()
	for line := range strings.Lines(read(t, "../../Dockerfile")) {
		line = strings.TrimSpace(line)
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
		case strings.HasPrefix(line, "FROM "):
			stages = append(stages, []string{line})
		case len(stages) == 0 || strings.HasSuffix(line, `\`):
			t.Fatalf("%q: not read by this test", line)
		default:
			stages[len(stages)-1] = append(stages[len(stages)-1], line)
		}
	}
	return stages
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
