# The program alone, on an image without a shell: certificates and nothing else.
#   docker build --build-arg VERSION="$(git describe --tags --always)" -t throng .
#   docker run --rm -v "$PWD:/work" -w /work -u "$(id -u):$(id -g)" throng build plan.yaml
FROM docker.io/library/golang:1.26.0-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download && go mod verify
COPY . .
ARG VERSION=unknown
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.tag=$VERSION" -o /out/throng ./cmd/throng

FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /out/throng /usr/local/bin/throng
COPY LICENSE /usr/share/doc/throng/LICENSE
USER 65532:65532
WORKDIR /work
ENTRYPOINT ["/usr/local/bin/throng"]
CMD ["--help"]
