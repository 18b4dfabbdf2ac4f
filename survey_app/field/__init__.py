"""What happens around interviews: invitations, letters, calls to other servers, forecasts, erasure. Knows no Flask."""
