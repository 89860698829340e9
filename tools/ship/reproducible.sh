#!/usr/bin/env bash
# Builds the release of HEAD twice, in two folders of other names, the second time
# by another cache, so that every package is compiled again, and compares the bytes.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
export PLATFORMS=${PLATFORMS:-linux/amd64} VERSION=v0.0.0-check
(cd "$root/tools/ship" && CGO_ENABLED=0 "${GO:-go}" build -trimpath -o "$work/sbom" github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod)
export SBOM=$work/sbom
git clone --quiet --no-hardlinks "$root" "$work/one"
git clone --quiet --no-hardlinks "$root" "$work/another/and/deeper"
"$work/one/tools/ship/release.sh" "$work/out-1"
sleep 1 # a time of the clock's would differ
(umask 077 && TZ=Asia/Kathmandu LC_ALL=C GOCACHE="$work/cache" "$work/another/and/deeper/tools/ship/release.sh" "$work/out-2")
diff -r "$work/out-1" "$work/out-2"
cd "$work/out-1" && sha256sum --check --quiet SHA256SUMS
tar -xzf ./*linux_amd64.tar.gz && ./throng_*/throng version | grep -qF "$VERSION"
grep -q '"bomFormat": "CycloneDX"' ./*.cdx.json && grep -q 'pkg:golang/github.com/google/differential-privacy/go/v3@v3.0.0' ./*.cdx.json
if grep -qaF "$work" throng_*/throng; then
	echo "the program names the folder that it was built in" >&2
	exit 1
fi
echo "twice the same: $(cut -c1-16 SHA256SUMS | tr '\n' ' ')"
