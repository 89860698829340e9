#!/usr/bin/env bash
# Usage: release.sh OUT: builds what is released of the tree that it is in, into OUT:
# an archive for each of PLATFORMS, a bill of materials beside it, and checksums.
# The same commit and compiler give the same bytes, wherever and whenever they run:
# paths are trimmed, times are the commit's.
set -euo pipefail
out=$(mkdir -p "$1" && cd "$1" && pwd)
cd "$(dirname "$0")/../.."
GO=${GO:-go}
VERSION=${VERSION:-$(git describe --tags --always --dirty)}
PLATFORMS=${PLATFORMS:-linux/amd64 linux/arm64 darwin/arm64 windows/amd64}
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)} CGO_ENABLED=0
# What differs between machines and changes the output: all of it is said here.
unset GOFLAGS GOEXPERIMENT GOAMD64 GOARM64 GO386 GOARM

sbom=${SBOM:-$out/.sbom} # the tool that writes bills of materials
[ -n "${SBOM:-}" ] || (cd tools/ship && "$GO" build -trimpath -o "$sbom" github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod)
for platform in $PLATFORMS; do
	os=${platform%/*} arch=${platform#*/}
	name="throng_${VERSION}_${os}_${arch}"
	stage="$out/.stage/$name"
	mkdir -p "$stage"
	program=throng
	[ "$os" != windows ] || program=throng.exe
	GOOS=$os GOARCH=$arch "$GO" build -trimpath -ldflags "-s -w -X main.tag=$VERSION" -o "$stage/$program" ./cmd/throng
	cp LICENSE README.md CHANGELOG.md "$stage/"
	"$sbom" bin -json -std -noserial -notimestamp -version "$VERSION" -output "$out/$name.cdx.json" "$stage/$program"
	cp "$out/$name.cdx.json" "$stage/sbom.cdx.json"
	chmod 0644 "$stage"/* && chmod 0755 "$stage" "$stage/$program"
	tar --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner --format=ustar \
		-C "$out/.stage" -cf - "$name" | gzip -9 -n >"$out/$name.tar.gz"
done
rm -rf "$out/.stage" "$out/.sbom"
cd "$out" && sha256sum ./*.tar.gz ./*.cdx.json | sed 's# \./# #' >SHA256SUMS
