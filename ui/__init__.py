"""Everything that uses Streamlit: state, controls, text in two languages, jobs, the tensor grid."""
