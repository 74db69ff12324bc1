// grpc-health serves the health service that gRPC probes ask, on the port given; it reports what the file given says: "ok" is serving.
package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/health/grpc_health_v1"
)

type service struct {
	grpc_health_v1.UnimplementedHealthServer
	file string
}

func (s service) Check(context.Context, *grpc_health_v1.HealthCheckRequest) (*grpc_health_v1.HealthCheckResponse, error) {
	status := grpc_health_v1.HealthCheckResponse_NOT_SERVING
	if text, err := os.ReadFile(s.file); err == nil && strings.TrimSpace(string(text)) == "ok" {
		status = grpc_health_v1.HealthCheckResponse_SERVING
	}
	return &grpc_health_v1.HealthCheckResponse{Status: status}, nil
}

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: grpc-health PORT FILE")
		os.Exit(2)
	}
	listener, err := net.Listen("tcp", ":"+os.Args[1])
	if err == nil {
		server := grpc.NewServer()
		grpc_health_v1.RegisterHealthServer(server, service{file: os.Args[2]})
		err = server.Serve(listener)
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
