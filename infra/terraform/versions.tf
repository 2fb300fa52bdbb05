terraform {
  # 1.11 is the first that keeps write-only arguments out of the state (secrets.tf)
  required_version = ">= 1.11"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "~> 6.50"
    }
    random = {
      source  = "hashicorp/random"
      version = "~> 3.7"
    }
  }
}

provider "google" {
  project = var.project
  region  = var.region

  # budgets are counted against the project that asks, and need to be told which
  user_project_override = true
  billing_project       = var.project

  default_labels = {
    product     = "dialix"
    environment = var.environment
  }
}

data "google_project" "this" {
  project_id = var.project
}
