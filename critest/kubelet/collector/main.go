// collector takes traces by OTLP over gRPC, as kubelet and runtimes send them, and writes each span as a line of JSON to the file given. It prints
// the port that it listens on.
package main

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"sync"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/grpc"
)

type span struct {
	Service string `json:"service"`
	Trace   string `json:"trace"`
	ID      string `json:"id"`
	Parent  string `json:"parent"`
	Name    string `json:"name"`
	Nanos   uint64 `json:"nanos"`
	Error   string `json:"error"`
}

type service struct {
	collector.UnimplementedTraceServiceServer
	lock sync.Mutex
	out  *json.Encoder
}

func (s *service) Export(_ context.Context, request *collector.ExportTraceServiceRequest) (*collector.ExportTraceServiceResponse, error) {
	s.lock.Lock()
	defer s.lock.Unlock()
	for _, resource := range request.ResourceSpans {
		name := ""
		for _, attribute := range resource.Resource.GetAttributes() {
			if attribute.Key == "service.name" {
				name = attribute.Value.GetStringValue()
			}
		}
		for _, scope := range resource.ScopeSpans {
			for _, each := range scope.Spans {
				line := span{name, hex.EncodeToString(each.TraceId), hex.EncodeToString(each.SpanId), hex.EncodeToString(each.ParentSpanId),
					each.Name, each.EndTimeUnixNano - each.StartTimeUnixNano, each.Status.GetMessage()}
				if err := s.out.Encode(line); err != nil {
					return nil, err
				}
			}
		}
	}
	return &collector.ExportTraceServiceResponse{}, nil
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: collector FILE")
		os.Exit(2)
	}
	file, err := os.Create(os.Args[1])
	if err == nil {
		var listener net.Listener
		if listener, err = net.Listen("tcp", "127.0.0.1:0"); err == nil {
			fmt.Println(listener.Addr().(*net.TCPAddr).Port)
			server := grpc.NewServer()
			collector.RegisterTraceServiceServer(server, &service{out: json.NewEncoder(file)})
			err = server.Serve(listener)
		}
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
